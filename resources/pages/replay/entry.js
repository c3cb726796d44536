// One entry of a tensor, with the iteration that computed it.

import { entryText, placeText } from "./names.js";
import { entryLatex, latex } from "./terms.js";

export class Entry {
  /** `tables` describes each tensor; `image` is the selected one. */
  constructor(iteration, tables, name, index, image) {
    Object.assign(this, { iteration, tables, name, index, image });
    this.rule = iteration.settings.rule;
    this.learningRate = iteration.settings.learningRate;
    this.value = this.tensor(name).at(...index);
  }

  /** Return a tensor by name. */
  tensor(name) {
    return this.iteration.tensor(name);
  }

  /** Return one number of a tensor. */
  at(name, ...index) {
    return this.tensor(name).at(...index);
  }

  /** Return a number of a tensor as a term; {} in `what` is where it is seen. */
  term(name, index, what) {
    const seen = placeText(this.tables[name], index);
    return {
      symbol: entryText(this.tables[name], index),
      what: what.replace("{}", seen),
      value: this.at(name, ...index),
    };
  }

  /** Write an entry of a tensor in LaTeX. */
  latex(name, index) {
    return entryLatex(this.tables[name], index);
  }

  /**
   * Return the explanation whose formula is "entry = numbers = value": the numbers in it, the
   * matrices that met in it, and what each image adds to it if it is a sum over images.
   */
  explanation(numbers, terms, { pictures = [], shares = null, adding = "each image" } = {}) {
    const value = latex(this.value), sides = [this.latex(this.name, this.index), numbers, value];
    const formula = (numbers === value ? sides.slice(0, 2) : sides).join(" = ");
    return { formula, terms, pictures, shares, adding };
  }
}

/** Return a term: a number in a formula, what the arrays call it, and what it is. */
export const term = (symbol, what, value) => ({ symbol, what, value });

/** Return the share of the selected image. */
export const shareOf = (k, shares, how = "") => (
  term(`share of image ${k}`, `what it adds${how}`, shares[k])
);

/**
 * Return a matrix that took part. `value(x, y)` has the tensors' own order: x from the left, y from
 * the top of the upright picture. `mark` is the x and y of the number in question.
 */
export const heatmap = (symbol, title, size, kind, value, mark = null) => (
  { symbol, title, size, kind, value, mark }
);
