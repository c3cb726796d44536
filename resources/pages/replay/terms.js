// The pieces of an explanation's formula, in LaTeX, as the program writes them.

import { compact, digitsOfDifference } from "./numbers.js";

const SHOWN = 3; // terms of a long sum that are written out

/** Write a number. The braces keep a sign close to it. */
export function latex(value, digits = 3) {
  if (value < 0) return `{-}${latex(-value, digits)}`;
  if (value < 1000 && Number.isInteger(value)) return String(value);
  const text = compact(value, digits);
  if (text === "undefined") return "\\mathrm{undefined}";
  const [mantissa, power] = text.replace("−", "-").replace("∞", "\\infty").split("e");
  return power ? `${mantissa} \\cdot 10^{${power}}` : mantissa;
}

/** Write a number as a factor or after a minus sign: negative ones stand in brackets. */
export const factor = (value, digits = 3) => (
  value < 0 ? `(${latex(value, digits)})` : latex(value, digits)
);

/** Write a product of numbers. */
export const product = (values, digits = 3) => (
  values.map((value, at) => (at ? factor(value, digits) : latex(value, digits))).join(" \\cdot ")
);

/** Write a difference with as many digits as it needs to have three. */
export function difference(value, other) {
  const digits = digitsOfDifference(Math.max(Math.abs(value), Math.abs(other)), value - other);
  return `${latex(value, digits)} - ${factor(other, digits)}`;
}

/** Write a sum of terms, of which more may follow. */
export const total = (terms, hasMore) => (
  [...terms, ...(hasMore ? ["\\cdots"] : [])].join(" + ").replaceAll("+ {-}", "- ") || "0"
);

/** Write the first terms of a sum of products that are not 0. */
export function sumOfProducts(x, y) {
  const given = [...x.keys()].filter((at) => x[at] !== 0 && y[at] !== 0);
  return total(given.slice(0, SHOWN).map((at) => product([x[at], y[at]])), given.length > SHOWN);
}

/** Write a mean as 1/n times a sum. */
export function meanOf(values) {
  const given = [...values].filter((value) => value !== 0);
  const sum = total(given.slice(0, SHOWN).map((value) => latex(value)), given.length > SHOWN);
  return `\\frac{1}{${values.length}} \\left( ${sum} \\right)`;
}

/** Write the sigmoid of a number, and what it lacks of 1 if three digits would call it 1. */
export function sigmoidOf(t) {
  const text = `\\sigma(${latex(t)}) = \\frac{1}{1 + e^{${latex(-t)}}}`;
  const rest = 1 / (1 + Math.exp(t));
  return rest > 0 && rest < 5e-4 ? `${text} = 1 - ${latex(rest)}` : text;
}

/** Write an entry of a tensor, without the indices that only ever are 0. */
export function entryLatex(tensor, index) {
  if (tensor.latex.includes("#")) {
    return tensor.latex.replaceAll("#", index[tensor.axes.indexOf("k")]);
  }
  const shown = index.filter((_, axis) => tensor.axes[axis]);
  return shown.length ? `${tensor.latex}_{${shown.join(",")}}` : tensor.latex;
}
