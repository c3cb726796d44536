// Arrays of numbers with a shape, and views of them, as numpy has them.

/** An array of numbers. `strides` say how far apart in `data` the neighbours along an axis are. */
export class Tensor {
  constructor(data, shape, strides = stridesOf(shape)) {
    this.data = data;
    this.shape = shape;
    this.strides = strides;
  }

  /** Return an array of zeros. */
  static zeros(...shape) {
    return new Tensor(new Float64Array(sizeOf(shape)), shape);
  }

  get size() {
    return sizeOf(this.shape);
  }

  /** Return the number at an index. */
  at(...index) {
    let place = 0;
    for (let axis = 0; axis < index.length; axis += 1) place += index[axis] * this.strides[axis];
    return this.data[place];
  }

  /** Return all numbers in the order of their indices, the last index running fastest. */
  values() {
    const values = new Float64Array(this.size);
    const copy = (axis, from, to) => {
      const length = this.shape[axis], stride = this.strides[axis];
      if (axis === this.shape.length - 1) {
        for (let i = 0; i < length; i += 1) values[to + i] = this.data[from + i * stride];
        return to + length;
      }
      for (let i = 0; i < length; i += 1) to = copy(axis + 1, from + i * stride, to);
      return to;
    };
    copy(0, 0, 0);
    return values;
  }

  /** Say whether an index is inside. */
  has(index) {
    return index.length === this.shape.length
      && index.every((at, axis) => at >= 0 && at < this.shape[axis]);
  }
}

/** Return the strides of an array whose last index runs fastest. */
function stridesOf(shape) {
  const strides = new Array(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

const sizeOf = (shape) => shape.reduce((product, length) => product * length, 1);

/** Return the sum of numbers. */
export function sum(numbers) {
  let total = 0;
  for (let i = 0; i < numbers.length; i += 1) total += numbers[i];
  return total;
}

/** Return the mean of numbers. */
export const mean = (numbers) => sum(numbers) / numbers.length;

/** Return the least and the largest of those numbers that are finite, or 0 and 0. */
export function extremes(numbers) {
  let low = Infinity, high = -Infinity;
  for (const number of numbers) {
    if (!Number.isFinite(number)) continue;
    if (number < low) low = number;
    if (number > high) high = number;
  }
  return low <= high ? [low, high] : [0, 0];
}
