// How the numbers of the backward pass were made, from each image's error to the new weights.

import { heatmap, shareOf, term } from "./entry.js";
import { targetAndOutput } from "./explain_forward.js";
import { CELLS, MAP, UNITS, unitRead } from "./maths.js";
import { unravel } from "./names.js";
import { digitsOfDifference } from "./numbers.js";
import { mean, sum } from "./tensor.js";
import { difference, factor, latex, meanOf, product, sumOfProducts } from "./terms.js";

/** Of ∂E/∂o = −(y − o). */
export function errorWrtOutput(entry) {
  const [y, o] = targetAndOutput(entry);
  return entry.explanation(`{-}(${difference(y.value, o.value)})`, [y, o]);
}

/** Of σ′ = o (1 − o). */
export function outputWrtZ(entry) {
  const [, o] = targetAndOutput(entry), rest = term("1 − o", "what the output lacks of 1", 1 - o.value);
  return entry.explanation(product([o.value, rest.value]), [o, rest]);
}

/** Of delta[0, k]: the error at an image's z. */
export function delta(entry) {
  const k = entry.index[1], derivative = entry.tensor("output_wrt_z").data;
  const slope = [...entry.tensor("error_wrt_output").data].map((value, at) => value * derivative[at]);
  const terms = [
    entry.term("error_wrt_output", [0, k], `−(y − o) of image ${k}`),
    entry.term("output_wrt_z", [0, k], `o (1 − o) of image ${k}`),
  ];
  if (!entry.rule.standardisation) {
    return entry.explanation(product(terms.map(({ value }) => value)), terms);
  }
  const zs = entry.tensor("zs").data;
  const own = term("d", "−(y − o) · o · (1 − o): the error at ẑ", slope[k]);
  const middle = term("mean d", "its mean over the batch", mean(slope));
  const logit = entry.term("zs", [0, k], `ẑ of image ${k}`);
  const along = term("mean d ẑ", "how far it goes with ẑ", mean(slope.map((d, at) => d * zs[at])));
  const deviation = term("std z", "deviation of z over the batch", entry.at("std", 0, 0));
  const largest = Math.max(...[own.value, middle.value, logit.value * along.value].map(Math.abs));
  const digits = digitsOfDifference(largest, entry.value * deviation.value);
  const numbers = `\\frac{${latex(own.value, digits)} - ${factor(middle.value, digits)} - `
    + `${factor(logit.value, digits)} \\cdot ${factor(along.value, digits)}}{${latex(deviation.value)}}`;
  return entry.explanation(numbers, [...terms, own, middle, logit, along, deviation]);
}

/** Of dW[j, 0]: one unit times δ, over all images. */
export function denseGradient(entry) {
  const [j] = entry.index, [i, row, column] = unravel(j), k = entry.image, a = entry.tensor("a");
  const errors = [...entry.tensor("delta").data], n = errors.length;
  const units = errors.map((_, image) => a.at(j, image));
  const shares = units.map((unit, image) => (unit * errors[image]) / (entry.rule.scale ? n : 1));
  const terms = [
    entry.term("a", [j, k], "activation of {}"),
    entry.term("delta", [0, k], `δ of image ${k}`),
    shareOf(k, shares),
  ];
  const picture = heatmap(`a[:, ${k}]`, `feature map ${i + 1} of image ${k}`, MAP, "activation",
    (r, c) => a.at(i * CELLS + r * MAP + c, k), [row, column]);
  const products = sumOfProducts(units, errors);
  const numbers = entry.rule.scale ? `\\frac{1}{${n}} \\left( ${products} \\right)` : products;
  return entry.explanation(numbers, terms, { pictures: [picture], shares });
}

/** Of wo_next[j, 0] and f_next[u, v, i]: a weight less η times its gradient. */
export function update(entry) {
  const { index } = entry, isFilter = entry.name === "f_next", [u, v, i] = index;
  const [weight, name, gradient, at] = isFilter
    ? ["weight", "f", "dF", [i, u, v]] : ["dense weight", "wo", "dW", index];
  const terms = [
    entry.term(name, index, `${weight} before: {}`),
    term("η", "learning rate", entry.learningRate),
    entry.term(gradient, at, "its gradient: {}"),
  ];
  const [before, ...step] = terms.map(({ value }) => value);
  return entry.explanation(`${latex(before)} - ${product(step)}`, terms);
}

/** Of G[j, k]: the error of one unit of one image. */
export function mapGradient(entry) {
  const [j, k] = entry.index;
  const weight = entry.rule["update-order"]
    ? entry.term("wo", [j, 0], "dense weight of the forward pass: {}")
    : entry.term("wo_next", [j, 0], "dense weight, updated already: {}");
  const unit = entry.term("a", [j, k], "activation of {}");
  const terms = [
    weight,
    entry.term("delta", [0, k], `δ of image ${k}`),
    unit,
    term(`1 − ${unit.symbol}`, "what the unit lacks of 1", 1 - unit.value),
  ];
  return entry.explanation(product(terms.map(({ value }) => value)), terms);
}

/** Of g: the unit's error as it is, or averaged over the images. */
export function averageOverImages(entry) {
  const [j, own = entry.image] = entry.index, G = entry.tensor("G"), n = G.shape[1];
  const of = entry.term("G", [j, own], "gradient for {}");
  if (entry.rule.pairing) return entry.explanation(entry.latex("G", entry.index), [of]);
  const errors = Array.from({ length: n }, (_, k) => G.at(j, k));
  const shares = errors.map((value) => value / n);
  return entry.explanation(meanOf(errors), [of, term("n", "images", n)], { shares, adding: "each image's error" });
}

/** Of M[r, c, i]: the unit whose gradient was read. */
export function reshape(entry) {
  const [r, c, i, ...image] = entry.index, j = unitRead(entry.rule, r, c, i), g = entry.tensor("g");
  const read = entry.term("g", [j, ...image], "gradient for {}"), [of, row, column] = unravel(j);
  const picture = heatmap("g", `gradient for feature map ${of + 1}`, MAP, "signed",
    (x, y) => g.at(of * CELLS + x * MAP + y, ...image), [row, column]);
  return entry.explanation(entry.latex("g", [j, ...image]), [read], { pictures: [picture] });
}

/** Of dF[i, u, v]: a shifted window of every image times the gradient map. */
export function filterGradient(entry) {
  const [i, u, v] = entry.index, k = entry.image, P = entry.tensor("P"), M = entry.tensor("M");
  const n = P.shape[2], isPaired = Boolean(entry.rule.pairing);
  const ink = (r, c, image) => P.at(r, c, image, u, v);
  const gradient = (r, c, image) => (isPaired ? M.at(r, c, i, image) : M.at(r, c, i));
  const images = new Array(n).fill(0), cells = new Array(CELLS).fill(0);
  for (let image = 0; image < n; image += 1) {
    for (let r = 0; r < MAP; r += 1) {
      for (let c = 0; c < MAP; c += 1) {
        const added = ink(r, c, image) * gradient(r, c, image);
        images[image] += added;
        cells[r * MAP + c] += added / n;
      }
    }
  }
  const shares = images.map((value) => value / n);
  const pictures = [
    heatmap(`X[${u}:${u + MAP}, ${v}:${v + MAP}, ${k}]`, `window of image ${k}`, MAP, "ink", (r, c) => ink(r, c, k)),
    heatmap(`M[:, :, ${i}]`, `gradient map ${i + 1} ${isPaired ? `of image ${k}` : "of all images"}`, MAP, "signed", (r, c) => gradient(r, c, k)),
    heatmap("X · M", `products for image ${k}`, MAP, "signed", (r, c) => ink(r, c, k) * gradient(r, c, k)),
    heatmap("mean of X · M", "products, mean over all images", MAP, "signed", (r, c) => cells[r * MAP + c]),
  ];
  const terms = [
    term("Σ X · M", `sum of the products for image ${k}`, images[k]),
    term("n", "images", n),
    shareOf(k, shares, isPaired ? "" : " with its ink"),
  ];
  if (!isPaired) terms.push(largestError(entry, P, n));
  const adding = isPaired ? "each image" : "each image's ink";
  return entry.explanation(meanOf(images), terms, { pictures, shares, adding });
}

/** Return the largest share of an image's error, where errors are averaged before they meet ink. */
function largestError(entry, P, n) {
  const [i, u, v] = entry.index, G = entry.tensor("G"), met = new Float64Array(UNITS);
  for (let r = 0; r < MAP; r += 1) {
    for (let c = 0; c < MAP; c += 1) {
      const window = Array.from({ length: n }, (_, k) => P.at(r, c, k, u, v));
      met[unitRead(entry.rule, r, c, i)] = mean(window);
    }
  }
  const shares = Array.from({ length: n }, (_, k) => sum(met.map((ink, j) => ink * G.at(j, k))) / n);
  const sizes = shares.map(Math.abs), k = sizes.indexOf(Math.max(...sizes));
  const what = "what it adds: no other image's error adds more";
  return term(`share of image ${k}'s error`, what, shares[k]);
}
