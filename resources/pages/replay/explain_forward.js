// How the numbers of the forward pass were made, from the images to each image's error.

import { heatmap, term } from "./entry.js";
import { CELLS, FILTER, FILTERS, IMAGE, MAP } from "./maths.js";
import { unravel } from "./names.js";
import { counted } from "./numbers.js";
import { mean, sum } from "./tensor.js";
import { difference, latex, meanOf, sigmoidOf, sumOfProducts, total } from "./terms.js";

const maps = [...Array(FILTERS).keys()];
const unitAt = (i) => (r, c) => i * CELLS + r * MAP + c;
const rowsOf = (i) => `${i * CELLS}:${(i + 1) * CELLS}`;

/** Of X, y, f and wo: what was there before the first operation. */
export function given(entry) {
  const { name, index, value } = entry, last = index.at(-1), X = entry.tensor("X");
  let what, picture = null;
  if (name === "X") {
    what = `a pixel of image ${last}: its ink, from 0 to 1`;
    picture = heatmap(`X[:, :, ${last}]`, `image ${last}`, IMAGE, "ink", (x, y) => X.at(x, y, last));
  } else if (name === "y") {
    what = `the target of image ${last}, whose digit is ${value ? "above 4" : "0 to 4"}`;
  } else if (name === "f") {
    what = `a weight of filter ${last + 1}, there before this iteration`;
    picture = heatmap(`f[:, :, ${last}]`, `filter ${last + 1}`, FILTER, "signed",
      (u, v) => entry.at("f", u, v, last));
  } else {
    what = "the dense weight of {}, there before this iteration";
    const [i] = unravel(index[0]), unit = unitAt(i);
    picture = heatmap(`wo[${rowsOf(i)}]`, `dense weights ${i + 1}`, MAP, "signed",
      (r, c) => entry.at("wo", unit(r, c), 0));
  }
  return entry.explanation(latex(value), [entry.term(name, index, what)], { pictures: picture ? [picture] : [] });
}

/** Of P[r, c, k, u, v]: one pixel. */
export function patches(entry) {
  const [r, c, k, u, v] = entry.index, X = entry.tensor("X"), P = entry.tensor("P");
  const pixel = entry.term("X", [r + u, c + v, k], "pixel of {}");
  const pictures = [
    heatmap(`X[:, :, ${k}]`, `image ${k}`, IMAGE, "ink", (x, y) => X.at(x, y, k), [r + u, c + v]),
    heatmap(`P[${r}, ${c}, ${k}]`, "patch", FILTER, "ink", (x, y) => P.at(r, c, k, x, y), [u, v]),
  ];
  return entry.explanation(entry.latex("X", [r + u, c + v, k]), [pixel], { pictures });
}

/** Of C[k, i, r, c]: a patch times a filter. */
export function correlate(entry) {
  const [k, i, r, c] = entry.index, P = entry.tensor("P"), f = entry.tensor("f");
  const ink = [], weights = [];
  for (let u = 0; u < FILTER; u += 1) {
    for (let v = 0; v < FILTER; v += 1) {
      ink.push(P.at(r, c, k, u, v));
      weights.push(f.at(u, v, i));
    }
  }
  const products = ink.map((pixel, at) => pixel * weights[at]);
  const pictures = [
    heatmap(`P[${r}, ${c}, ${k}]`, `patch of image ${k}`, FILTER, "ink", (u, v) => P.at(r, c, k, u, v)),
    heatmap(`f[:, :, ${i}]`, `filter ${i + 1}`, FILTER, "signed", (u, v) => f.at(u, v, i)),
    heatmap("P · f", "products", FILTER, "signed", (u, v) => products[u * FILTER + v]),
  ];
  const terms = [
    term("Σ P", "ink in the patch", sum(ink)),
    term("Σ above 0", "products that add", sum(products.filter((value) => value > 0))),
    term("Σ below 0", "products that take away", sum(products.filter((value) => value < 0))),
  ];
  return entry.explanation(sumOfProducts(ink, weights), terms, { pictures });
}

/** Of A[k, i, r, c]: the sigmoid of one unit. */
export function sigmoid(entry) {
  const [k, i, r, c] = entry.index, C = entry.tensor("C");
  const before = entry.term("C", entry.index, "before the sigmoid: {}");
  const picture = heatmap(`C[${k}, ${i}]`, `filter ${i + 1} over image ${k}`, MAP, "signed",
    (x, y) => C.at(k, i, x, y), [r, c]);
  return entry.explanation(sigmoidOf(before.value), [before], { pictures: [picture] });
}

/** Of a[j, k]: one unit, in another place. */
export function flatten(entry) {
  const [j, k] = entry.index, [i, r, c] = unravel(j), A = entry.tensor("A");
  const unit = entry.term("A", [k, i, r, c], "activation of {}");
  const picture = heatmap(`A[${k}, ${i}]`, `feature map ${i + 1}`, MAP, "activation",
    (x, y) => A.at(k, i, x, y), [r, c]);
  return entry.explanation(entry.latex("A", [k, i, r, c]), [unit], { pictures: [picture] });
}

/** Of z[0, k]: all units of an image times their weights. */
export function dense(entry) {
  const k = entry.index[1], a = entry.tensor("a"), wo = entry.tensor("wo");
  const pictures = [], terms = [];
  for (const i of maps) {
    const unit = unitAt(i), times = (r, c) => a.at(unit(r, c), k) * wo.at(unit(r, c), 0);
    const products = Array.from({ length: CELLS }, (_, cell) => (
      a.at(i * CELLS + cell, k) * wo.at(i * CELLS + cell, 0)));
    pictures.push(
      heatmap(`a[${rowsOf(i)}, ${k}]`, `feature map ${i + 1}`, MAP, "activation", (r, c) => a.at(unit(r, c), k)),
      heatmap(`wo[${rowsOf(i)}]`, `dense weights ${i + 1}`, MAP, "signed", (r, c) => wo.at(unit(r, c), 0)),
      heatmap("a · wo", `products ${i + 1}`, MAP, "signed", times),
    );
    terms.push(term(`Σ a · wo of map ${i + 1}`, `all of feature map ${i + 1}`, sum(products)));
  }
  return entry.explanation(total(terms.map(({ value }) => latex(value)), false), terms, { pictures });
}

const zOfImage = (entry) => entry.term("z", [0, entry.image], `z of image ${entry.image}`);

/** Of mean[0, 0]: of z over the batch. */
export function meanOfZ(entry) {
  const z = [...entry.tensor("z").data], shares = z.map((value) => value / z.length);
  return entry.explanation(meanOf(z), [term("n", "images", z.length), zOfImage(entry)], { shares });
}

/** Of std[0, 0]: how far z lies from its mean. An image's share is that of the variance. */
export function std(entry) {
  const middle = entry.at("mean", 0, 0);
  const squares = [...entry.tensor("z").data].map((value) => (value - middle) ** 2);
  const shares = squares.map((value) => value / (squares.length * entry.value));
  const terms = [
    term("n", "images", squares.length),
    term("mean z", "mean of z over the batch", middle),
    zOfImage(entry),
  ];
  return entry.explanation(`\\sqrt{${meanOf(squares)}}`, terms, { shares });
}

/** Of zs[0, k]: how many deviations z lies above the batch's mean. */
export function standardise(entry) {
  const k = entry.index[1], a = entry.tensor("a"), wo = entry.tensor("wo"), n = a.shape[1];
  const z = entry.term("z", [0, k], `z of image ${k}`);
  const middle = term("mean z", "mean of z over the batch", entry.at("mean", 0, 0));
  const deviation = term("std z", "deviation of z over the batch", entry.at("std", 0, 0));
  const parts = maps.map((i) => {
    let added = 0;
    for (let j = i * CELLS; j < (i + 1) * CELLS; j += 1) {
      let usual = 0;
      for (let image = 0; image < n; image += 1) usual += a.at(j, image);
      added += (wo.at(j, 0) / deviation.value) * (a.at(j, k) - usual / n);
    }
    return term(`ẑ of map ${i + 1}`, `what feature map ${i + 1} adds to ẑ`, added);
  });
  const numbers = `\\frac{${difference(z.value, middle.value)}}{${latex(deviation.value)}}`;
  return entry.explanation(numbers, [z, middle, deviation, ...parts]);
}

/** Of o[0, k]: the sigmoid of ẑ. */
export function output(entry) {
  const k = entry.index[1], logit = entry.term("zs", [0, k], `ẑ of image ${k}`);
  return entry.explanation(sigmoidOf(logit.value), [logit]);
}

/** Of E[0, k]: half the squared distance from the target. */
export function error(entry) {
  const [y, o] = targetAndOutput(entry), E = [...entry.tensor("E").data], loss = mean(E);
  const terms = [
    y, o,
    term("loss", `the mean of E over ${counted(E.length)} images`, loss),
    term("share of the loss", "E / (n · loss)", entry.value / sum(E)),
  ];
  return entry.explanation(`\\frac{(${difference(y.value, o.value)})^2}{2}`, terms);
}

/** Return y and o of the entry's image. */
export function targetAndOutput(entry) {
  const k = entry.index[1];
  return [
    entry.term("y", [0, k], `target of image ${k}`),
    entry.term("o", [0, k], `output for image ${k}`),
  ];
}
