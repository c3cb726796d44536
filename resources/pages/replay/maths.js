// One iteration, operation by operation, in the notebook's names and layout: r and c run over a
// feature map, u and v over a filter, i over filters, k over images, j over the flattened maps.
// `rule` says which of the notebook's five departures are corrected.

import { Tensor, extremes, mean } from "./tensor.js";

export const IMAGE = 28;
export const FILTER = 5;
export const FILTERS = 3;
export const MAP = 24;
export const CELLS = MAP * MAP;
export const UNITS = FILTERS * CELLS;

/** Says, in a sentence, why an operation has no result. */
export class UndefinedResult extends Error {}

export const sigmoid = (t) => 1 / (1 + Math.exp(-t));
export const sigmoidDerivative = (a) => a * (1 - a);

// The forward pass

/** P[r, c, k, u, v] = X[r+u, c+v, k]: every receptive field, as a view. */
export function patches({ X }) {
  const [down, across, images] = X.strides, n = X.shape[2];
  return [new Tensor(X.data, [MAP, MAP, n, FILTER, FILTER], [down, across, images, down, across])];
}

/** C[k, i, r, c] = Σ_{u,v} P[r, c, k, u, v] · f[u, v, i]. */
export function correlate({ P, f }) {
  const n = P.shape[2], C = Tensor.zeros(n, FILTERS, MAP, MAP);
  const [pr, pc, pk, pu, pv] = P.strides, ink = P.data, weights = f.data, made = C.data;
  for (let k = 0; k < n; k += 1) {
    for (let r = 0; r < MAP; r += 1) {
      for (let c = 0; c < MAP; c += 1) {
        const patch = k * pk + r * pr + c * pc;
        let first = 0, second = 0, third = 0; // of the three filters, for each pixel is read once
        for (let u = 0, at = 0; u < FILTER; u += 1) {
          for (let v = 0; v < FILTER; v += 1, at += FILTERS) {
            const pixel = ink[patch + u * pu + v * pv];
            if (pixel === 0) continue; // most are paper
            first += pixel * weights[at];
            second += pixel * weights[at + 1];
            third += pixel * weights[at + 2];
          }
        }
        const cell = k * UNITS + r * MAP + c;
        made[cell] = first;
        made[cell + CELLS] = second;
        made[cell + 2 * CELLS] = third;
      }
    }
  }
  return [C];
}

/** A = σ(C). */
export const activate = ({ C }) => [new Tensor(C.data.map(sigmoid), C.shape)];

/** a[i·576 + r·24 + c, k] = A[k, i, r, c], as a view. */
export const flatten = ({ A }) => [new Tensor(A.data, [UNITS, A.shape[0]], [1, UNITS])];

/** z = woᵀ a. */
export function dense({ a, wo }) {
  const n = a.shape[1], z = Tensor.zeros(1, n);
  for (let k = 0; k < n; k += 1) {
    let total = 0;
    for (let j = 0; j < UNITS; j += 1) total += wo.data[j] * a.data[k * UNITS + j];
    z.data[k] = total;
  }
  return [z];
}

/** ẑ = (z − mean z) / std z over the batch; also the mean and the deviation. */
export function standardise({ z }, { epsilon, given = {} }) {
  if (given.mean && given.std) { // over a batch of which only some images are here
    const zs = z.data.map((value) => (value - given.mean.data[0]) / given.std.data[0]);
    return [new Tensor(zs, z.shape), given.mean, given.std];
  }
  const [low, high] = extremes(z.data);
  const middle = mean(z.data);
  const deviation = Math.sqrt(mean(z.data.map((value) => (value - middle) ** 2)));
  const rounding = Math.sqrt(UNITS) * epsilon * Math.max(-low, high);
  if (high - low <= rounding || deviation === 0) {
    throw new UndefinedResult("All z are equal, so their standard deviation is 0 and ẑ is undefined.");
  }
  const zs = z.data.map((value) => (value - middle) / deviation);
  const single = (value) => new Tensor(Float64Array.of(value), [1, 1]);
  return [new Tensor(zs, z.shape), single(middle), single(deviation)];
}

/** o = σ(ẑ). */
export const output = ({ zs }) => [new Tensor(zs.data.map(sigmoid), zs.shape)];

/** E = (y − o)² / 2 of each image. */
export const error = ({ y, o }) => [new Tensor(o.data.map((value, k) => (y.data[k] - value) ** 2 / 2), o.shape)];

// The backward pass

/** Carry d, the error at ẑ of each image, back to z. */
export function standardiseBackward(errors, { zs, std }) {
  const middle = mean(errors), along = mean(errors.map((d, k) => d * zs.data[k]));
  return errors.map((d, k) => (d - middle - zs.data[k] * along) / std.data[0]);
}

/** δ = −(y − o) · o · (1 − o); corrected, carried back through the standardisation. */
export function delta({ y, o, zs, std }, { rule }) {
  const slope = o.data.map((value, k) => -(y.data[k] - value));
  const derivative = o.data.map(sigmoidDerivative);
  let errors = slope.map((value, k) => value * derivative[k]);
  if (rule.standardisation) errors = standardiseBackward(errors, { zs, std });
  return [slope, derivative, errors].map((data) => new Tensor(data, o.shape));
}

/** dW = a δᵀ, a sum over images; corrected, divided by their number. */
export function denseGradient({ a, delta: errors }, { rule }) {
  const n = errors.size, dW = Tensor.zeros(UNITS, 1);
  for (let k = 0; k < n; k += 1) {
    for (let j = 0; j < UNITS; j += 1) dW.data[j] += a.data[k * UNITS + j] * errors.data[k];
  }
  if (rule.scale) for (let j = 0; j < UNITS; j += 1) dW.data[j] /= n;
  return [dW];
}

/** wo ← wo − η dW. */
export function denseUpdate({ wo, dW }, { learningRate }) {
  return [new Tensor(wo.data.map((weight, j) => weight - learningRate * dW.data[j]), wo.shape)];
}

/** G = (wo δ) ⊙ a ⊙ (1 − a), with the updated wo; corrected, with that of the forward pass. */
export function mapGradient({ wo, wo_next, delta: errors, a }, { rule }) {
  const n = errors.size, weights = rule["update-order"] ? wo : wo_next;
  const G = new Tensor(new Float64Array(UNITS * n), a.shape, a.strides);
  for (let k = 0; k < n; k += 1) {
    for (let j = 0; j < UNITS; j += 1) {
      const at = k * UNITS + j;
      G.data[at] = weights.data[j] * errors.data[k] * sigmoidDerivative(a.data[at]);
    }
  }
  return [G];
}

/** g = mean over images of G; corrected, G itself. */
export function averageOverImages({ G }, { rule }) {
  if (rule.pairing) return [G];
  const n = G.shape[1], g = Tensor.zeros(UNITS);
  for (let k = 0; k < n; k += 1) {
    for (let j = 0; j < UNITS; j += 1) g.data[j] += G.data[k * UNITS + j];
  }
  for (let j = 0; j < UNITS; j += 1) g.data[j] /= n;
  return [g];
}

/** M = g read as (row, column, filter); corrected, as (filter, row, column). A view. */
export function reshape({ g }, { rule }) {
  const [images, strides] = [g.shape.slice(1), g.strides.slice(1)];
  const read = rule.layout ? [MAP, 1, CELLS] : [MAP * FILTERS, FILTERS, 1];
  return [new Tensor(g.data, [MAP, MAP, FILTERS, ...images], [...read, ...strides])];
}

/** Return the unit whose gradient M[r, c, i] is. */
export const unitRead = (rule, r, c, i) => (
  rule.layout ? i * CELLS + r * MAP + c : (r * MAP + c) * FILTERS + i
);

/** dF[i, u, v] = (1/n) Σ_k Σ_{r,c} P[r, c, k, u, v] · M[r, c, i, k], or the same M for all k. */
export function filterGradient({ P, M }) {
  const n = P.shape[2], dF = Tensor.zeros(FILTERS, FILTER, FILTER);
  const [pr, pc, pk, pu, pv] = P.strides, [mr, mc, mi, mk = 0] = M.strides;
  const ink = P.data, gradient = M.data;
  for (let u = 0; u < FILTER; u += 1) {
    for (let v = 0; v < FILTER; v += 1) {
      let first = 0, second = 0, third = 0; // of the three filters, for each pixel is read once
      for (let k = 0; k < n; k += 1) {
        for (let c = 0; c < MAP; c += 1) {
          const window = k * pk + c * pc + u * pu + v * pv, map = k * mk + c * mc;
          for (let r = 0; r < MAP; r += 1) {
            const pixel = ink[window + r * pr], cell = map + r * mr;
            if (pixel === 0) continue; // most are paper
            first += pixel * gradient[cell];
            second += pixel * gradient[cell + mi];
            third += pixel * gradient[cell + 2 * mi];
          }
        }
      }
      [first, second, third].forEach((total, i) => {
        dF.data[(i * FILTER + u) * FILTER + v] = total / n;
      });
    }
  }
  return [dF];
}

/** f ← f − η dF. */
export function filterUpdate({ f, dF }, { learningRate }) {
  const next = Tensor.zeros(FILTER, FILTER, FILTERS);
  for (let u = 0, at = 0; u < FILTER; u += 1) {
    for (let v = 0; v < FILTER; v += 1) {
      for (let i = 0; i < FILTERS; i += 1, at += 1) {
        next.data[at] = f.at(u, v, i) - learningRate * dF.at(i, u, v);
      }
    }
  }
  return [next];
}
