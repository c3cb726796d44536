// The recorded run that this page holds: parameters, images and settings of every state.

import { Iteration } from "./iteration.js";
import { IMAGE, UNITS } from "./maths.js";
import { counted } from "./numbers.js";
import { Tensor } from "./tensor.js";

const PIXELS = IMAGE * IMAGE, WEIGHTS = 75;

export class RecordedRun {
  /** `record` is what the program wrote into the page. */
  constructor(record) {
    Object.assign(this, record); // name, data, iterations, every, settings, marks, tables
    const Floats = record.precision === "float64" ? Float64Array : Float32Array;
    this.f = Float64Array.from(unpacked(record.f, Floats));
    this.wo = Float64Array.from(unpacked(record.wo, Floats));
    this.loss = unpacked(record.loss, Float64Array);
    this.accuracy = unpacked(record.accuracy, Float64Array);
    this.images = unpacked(record.images, Uint8Array);
    this.labels = unpacked(record.labels, Uint8Array);
    this.drawings = record.drawings.map((drawing) => unpacked(drawing, Uint8Array));
    this.tensorOf = Object.fromEntries(this.tensors.map((tensor) => [tensor.name, tensor]));
    this.writerOf = Object.fromEntries(
      this.operations.flatMap((operation) => operation.writes.map((name) => [name, operation])),
    );
    this.batch = null; // that of the latest settings
    this.latest = null;
  }

  /** How many states the page holds: every `every`-th one, and the last. */
  get states() {
    return this.wo.length / UNITS;
  }

  /** Return how many iterations led to a state of the page. */
  iterationOf(state) {
    return Math.min(state * this.every, this.iterations);
  }

  /** Return the number of the page's state that is nearest to an iteration. */
  stateAt(iteration) {
    if (iteration >= this.iterations) return this.states - 1;
    return Math.min(Math.max(0, Math.round(iteration / this.every)), this.states - 1);
  }

  /** Return the settings with which the iteration from a state is done. */
  settingsAt(iteration) {
    return this.settings.findLast((mark) => mark.iteration <= iteration);
  }

  /** Return the iteration that begins at a state of the page, to be computed as it is looked at. */
  iteration(state) {
    if (this.latest?.state === state) return this.latest.iteration;
    const settings = this.settingsAt(this.iterationOf(state)), float32 = settings.dtype === "float32";
    const round = float32 ? Math.fround : (value) => value;
    const part = (data, size) => data.slice(state * size, (state + 1) * size).map(round);
    const { X, y } = this.#batch(settings, round);
    const inputs = {
      X, y, f: new Tensor(part(this.f, WEIGHTS), [5, 5, 3]), wo: new Tensor(part(this.wo, UNITS), [UNITS, 1]),
    };
    const { problem, tensors = {} } = this.stored[state] ?? {};
    const given = Object.entries(tensors).map(([name, { shape, strides, values }]) => (
      [name, new Tensor(unpacked(values, Float64Array), shape, strides)]));
    const iteration = new Iteration(this.operations, inputs, {
      given: Object.fromEntries(given),
      problem,
      summed: {
        names: settings.summed,
        note: `The program has computed it over all ${counted(settings.subset)} images, of which this page holds ${counted(settings.held)}.`,
      },
      variantOf: (operation) => this.variant(operation, settings),
      rule: Object.fromEntries(settings.corrected.map((name) => [name, true])),
      learningRate: round(settings.learningRate),
      epsilon: float32 ? 2 ** -23 : 2 ** -52,
    });
    this.latest = { state, iteration };
    return iteration;
  }

  /** Return loss and accuracy of a state: as they were recorded, or, of the last one, computed if all images are here. */
  score(state) {
    const at = this.iterationOf(state);
    if (at < this.iterations) return { loss: this.loss[at], accuracy: this.accuracy[at] };
    if (this.settingsAt(at).held < this.settingsAt(at).subset) {
      const { loss, accuracy } = this.lastScore ?? {};
      return { loss: loss ?? NaN, accuracy: accuracy ?? NaN };
    }
    return this.iteration(state).score();
  }

  /** Return the formula, code and name of an operation under the rule of some settings. */
  variant(operation, settings) {
    if (operation.name in settings.extra) return settings.extra[operation.name];
    const corrected = new Set(settings.corrected);
    const off = operation.switches.filter((name) => !corrected.has(name)).sort().join();
    return operation.variants.find((variant) => variant.switches.join() === off);
  }

  /** Return the digit of an image, which may be drawn in place of another. */
  digitOf(image, settings) {
    return settings.drawings.find(([of]) => of === image)?.[1] ?? this.labels[image];
  }

  /** Return the grey levels of an image, upright, row by row, with what was drawn over it. */
  greyLevels(image, settings) {
    const drawn = settings.drawings.find(([of]) => of === image);
    const levels = drawn ? this.drawings[drawn[2]].slice() : this.images.slice(image * PIXELS, (image + 1) * PIXELS);
    for (const [of, row, column, grey] of settings.pixels) {
      if (of === image) levels[row * IMAGE + column] = grey;
    }
    return levels;
  }

  /** Return X and y. X holds each image transposed, so an upright image's columns come first. */
  #batch(settings, round) {
    if (this.batch?.settings === settings) return this.batch;
    const n = settings.held, data = new Float64Array(n * PIXELS);
    for (let k = 0; k < n; k += 1) {
      this.greyLevels(k, settings).forEach((level, at) => { data[k * PIXELS + at] = round(level / 255); });
    }
    const targets = Float64Array.from({ length: n }, (_, k) => Number(this.digitOf(k, settings) > 4));
    const X = new Tensor(data, [IMAGE, IMAGE, n], [1, IMAGE, PIXELS]), y = new Tensor(targets, [1, n]);
    this.batch = { settings, X, y };
    return this.batch;
  }
}

/** Read numbers that are written as base64, little-endian. */
function unpacked(text, Numbers) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Numbers(bytes.buffer);
}
