// One iteration, computed as far as somebody asks.

import { FAULTS } from "./faults.js";
import {
  UndefinedResult, activate, averageOverImages, correlate, delta, dense, denseGradient,
  denseUpdate, error, filterGradient, filterUpdate, flatten, mapGradient, output, patches, reshape,
  standardise,
} from "./maths.js";
import { mean, sum } from "./tensor.js";

const COMPUTE = {
  patches, correlate, sigmoid: activate, flatten, dense, standardise, output, error, delta,
  dense_gradient: denseGradient, dense_update: denseUpdate, map_gradient: mapGradient,
  average_over_images: averageOverImages, reshape, filter_gradient: filterGradient,
  filter_update: filterUpdate,
};

export class Iteration {
  /**
   * `operations` is the list of them, in order, and `inputs` holds X, y, f and wo. `settings` has the
   * rule, η, the relative precision of a number, epsilon, `variantOf(operation)`, the tensors that
   * are given because this page cannot compute them, the names of those that it cannot explain, and
   * the problem of this state, if it is known.
   */
  constructor(operations, inputs, settings) {
    this.operations = operations;
    this.settings = settings;
    this.tensors = { ...inputs };
    this.problem = ""; // why an operation has no result, and so none after it
    this.done = 0;
  }

  /** Return a tensor, or null if it is undefined. */
  tensor(name) {
    while (!(name in this.tensors) && !this.problem && this.done < this.operations.length) {
      this.#run(this.operations[this.done]);
    }
    return this.tensors[name] ?? null;
  }

  /** Return the mean of E and the share of right predictions, NaN if they are undefined. */
  score() {
    const E = this.tensor("E"), { o, y } = this.tensors;
    if (!E) return { loss: NaN, accuracy: NaN };
    const right = o.data.map((value, k) => Number(value > 0.5 === y.data[k] > 0.5));
    return { loss: mean(E.data), accuracy: mean(right) };
  }

  /**
   * Return formula and note of a tensor whose numbers cannot be explained one by one, for what wrote
   * it was put in, or needs images that are not here; null of any other.
   */
  unexplained(name) {
    const operation = this.operations.find(({ writes }) => writes.includes(name));
    if (!operation) return null;
    const { latex, note } = this.settings.variantOf(operation), { summed } = this.settings;
    if (note) return { latex, note };
    return summed.names.includes(name) ? { latex, note: summed.note } : null;
  }

  #run(operation) {
    try {
      const results = this.#results(operation);
      operation.writes.forEach((name, at) => this.#keep(name, results[at]));
      this.done += 1;
    } catch (reason) {
      if (!(reason instanceof UndefinedResult)) throw reason;
      this.problem = `${operation.title}: ${reason.message}`;
    }
  }

  #results(operation) {
    const { given = {}, problem, variantOf } = this.settings;
    if (problem?.operation === operation.name) throw new UndefinedResult(problem.message);
    const known = operation.writes.map((name) => given[name]);
    if (known.every(Boolean)) return known;
    const { fault } = variantOf(operation), compute = fault ? FAULTS[fault] : COMPUTE[operation.name];
    return compute(this.tensors, this.settings).map((result, at) => known[at] ?? result);
  }

  #keep(name, result) {
    if (!Number.isFinite(sum(result.data))) {
      throw new UndefinedResult(`some values of ${name} are not finite.`);
    }
    this.tensors[name] = result;
  }
}
