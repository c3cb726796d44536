// Ways to get an operation wrong on purpose, by the names that the program gives them. Those that
// only look wrong are here, too.

import {
  CELLS, FILTERS, FILTER, MAP, UNITS, averageOverImages, denseGradient, denseUpdate, error,
  filterGradient, filterUpdate, mapGradient, sigmoidDerivative, standardiseBackward,
} from "./maths.js";
import { Tensor, mean } from "./tensor.js";

const EXACT = { rule: { scale: true, "update-order": true } };

/** Return a fault in the last of what `delta` writes; `made` gets d and the tensors. */
const deltaFault = (made) => (tensors) => {
  const { y, o } = tensors;
  const slope = o.data.map((value, k) => -(y.data[k] - value)), derivative = o.data.map(sigmoidDerivative);
  const d = slope.map((value, k) => value * derivative[k]);
  return [slope, derivative, made(d, tensors, slope)].map((data) => new Tensor(data, o.shape));
};

/** Return a fault in the d that is then carried back through the standardisation. */
const carried = (made) => deltaFault((d, tensors, slope) => standardiseBackward(made(d, tensors, slope), tensors));

const scaled = (tensor, factor) => new Tensor(tensor.data.map((value) => factor * value), tensor.shape);

const meanOfImages = (tensors) => denseGradient(tensors, EXACT)[0];

/** Return dW of the last image alone, divided by the number of images. */
function lastOfDense({ a, delta }) {
  const n = delta.size, k = n - 1, dW = Tensor.zeros(UNITS, 1);
  for (let j = 0; j < UNITS; j += 1) dW.data[j] = (a.at(j, k) * delta.data[k]) / n;
  return [dW];
}

/** Return G with another slope than a (1 − a) of each unit; `slope` gets the unit's place in memory. */
const mapFault = (slope) => ({ wo, delta, a, C }) => {
  const n = delta.size, G = new Tensor(new Float64Array(UNITS * n), a.shape, a.strides);
  for (let k = 0; k < n; k += 1) {
    for (let j = 0; j < UNITS; j += 1) {
      const at = k * UNITS + j;
      G.data[at] = wo.data[j] * delta.data[k] * slope(a.data[at], C.data[at]);
    }
  }
  return [G];
};

/** Return M that reads a unit's gradient at other places: strides of r, c and i. */
const misread = (...strides) => ({ g }) => (
  [new Tensor(g.data, [MAP, MAP, FILTERS, ...g.shape.slice(1)], [...strides, ...g.strides.slice(1)])]
);

/** Return a view of one image of a tensor that has an axis of images. */
function only(tensor, axis, k) {
  const shape = [...tensor.shape];
  shape[axis] = 1;
  return new Tensor(tensor.data.subarray(k * tensor.strides[axis]), shape, tensor.strides);
}

const dFOf = (tensors) => filterGradient(tensors)[0];

const dFOfImage = ({ P, M }, k) => dFOf({ P: only(P, 2, k), M: only(M, 3, k) });

/** Return dF with its entries elsewhere: `from` gives the indices of the one that is put at i, u, v. */
const moved = (from) => (tensors) => {
  const dF = dFOf(tensors), made = Tensor.zeros(FILTERS, FILTER, FILTER);
  made.data.forEach((_, at) => {
    const i = Math.floor(at / (FILTER * FILTER)), u = Math.floor(at / FILTER) % FILTER, v = at % FILTER;
    made.data[at] = dF.at(...from(i, u, v));
  });
  return [made];
};

/** Return M moved by a row, which is the same as the pixels moved the other way. */
function rolled(M) {
  const values = M.values(), row = values.length / MAP, made = new Float64Array(values.length);
  made.set(values.subarray(row));
  made.set(values.subarray(0, row), values.length - row);
  return new Tensor(made, M.shape);
}

/** Return for each filter the sum over the filters. */
function summedOverFilters(dF) {
  const size = FILTER * FILTER, { data } = dF;
  const sums = data.map((_, at) => data[at % size] + data[(at % size) + size] + data[(at % size) + 2 * size]);
  return new Tensor(sums, dF.shape);
}

function oneFilterUpdated({ f, dF }, settings) {
  const first = Tensor.zeros(...dF.shape);
  first.data.set(summedOverFilters(dF).data.subarray(0, FILTER * FILTER));
  return filterUpdate({ f, dF: first }, settings);
}

export const FAULTS = {
  "sign-of-error": carried((d) => d.map((value) => -value)),
  "no-slope-at-output": carried((d, t, slope) => slope),
  "slope-of-logit": carried((d, { zs }, slope) => slope.map((value, k) => value * zs.data[k] * (1 - zs.data[k]))),
  "no-standardisation": deltaFault((d) => d),
  "mean-without-deviation": deltaFault((d) => {
    const middle = mean(d);
    return d.map((value) => value - middle);
  }),
  "wrong-axis": deltaFault((d, { zs, std }) => d.map((value, k) => (-zs.data[k] * value * zs.data[k]) / std.data[0])),
  "factor-2": (tensors) => [scaled(meanOfImages(tensors), 2)],
  "sum-for-mean": (tensors) => denseGradient(tensors, { rule: {} }),
  "mean-for-sum": (tensors) => [scaled(meanOfImages(tensors), 1 / tensors.delta.size)],
  "last-image-only": lastOfDense,
  "dense-climbs": (tensors, { learningRate }) => denseUpdate(tensors, { learningRate: -learningRate }),
  "dense-never-updated": ({ wo }) => [wo],
  "accumulator-aliased": ({ wo, dW }, { learningRate }) => {
    const sums = wo.data.map((weight, j) => weight + dW.data[j]);
    return [new Tensor(sums.map((value) => value - learningRate * value), wo.shape)];
  },
  "updated-weights": (tensors) => mapGradient(tensors, { rule: {} }),
  "no-slope-at-maps": mapFault(() => 1),
  "slope-twice": mapFault((a) => sigmoidDerivative(a) ** 2),
  "slope-with-plus": mapFault((a) => a + (1 - a)),
  "slope-of-preactivation": mapFault((a, C) => sigmoidDerivative(C)),
  "mean-error": ({ G }) => {
    const [g] = averageOverImages({ G }, { rule: {} });
    return [new Tensor(g.data, G.shape, [1, 0])];
  },
  "filter-last": misread(MAP * FILTERS, FILTERS, 1),
  "map-transposed": misread(1, MAP, CELLS),
  "cut-to-shape": misread(MAP, 1, 0),
  "filter-rotated": moved((i, u, v) => [i, FILTER - 1 - u, FILTER - 1 - v]),
  "filter-turned": moved((i, u, v) => [i, v, FILTER - 1 - u]),
  "filters-swapped": moved((i, u, v) => [(i + 1) % FILTERS, u, v]),
  "window-off-by-one": ({ P, M }) => filterGradient({ P, M: rolled(M) }),
  "first-image-only": (tensors) => [dFOfImage(tensors, 0)],
  "assigned-not-added": (tensors) => {
    const n = tensors.P.shape[2];
    return [scaled(dFOfImage(tensors, n - 1), 1 / n)];
  },
  "summed-over-filters": (tensors) => [summedOverFilters(dFOf(tensors))],
  "one-filter-updated": oneFilterUpdated,
  "decoy-two-signs": denseUpdate,
  "decoy-slope-of-activation": (tensors) => mapGradient(tensors, EXACT),
  "decoy-error-reversed": error,
};
