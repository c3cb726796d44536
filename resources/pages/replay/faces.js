// Which pictures show a tensor: upright ones, filter by filter, of one image.

import { CELLS, FILTER, FILTERS, IMAGE, MAP } from "./maths.js";

const ACROSS = 25; // cells in a row, of a tensor that has one for each image

/**
 * Return the pictures of a tensor: their titles, rows and columns, and the tensor's index of the
 * number at a row and column of the picture, both counted from 0.
 *
 * `image` is the selected one, and `patch` the r and c of the patch that is shown of P.
 */
export function facesOf(tensor, axes, image, patch) {
  const has = (axis) => axes.includes(axis);
  const byAxis = (places) => axes.slice(0, tensor.shape.length).map((axis) => places[axis] ?? 0);
  const face = (title, rows, columns, places, filter = null) => ({
    title, rows, columns, filter, index: (row, column) => byAxis({ k: image, ...places(row, column) }),
  });
  const filters = Array.from({ length: FILTERS }, (_, i) => i);
  if (has("j")) {
    return filters.map((i) => face(`filter ${i + 1}`, MAP, MAP, (row, column) => (
      { j: i * CELLS + column * MAP + row }), i));
  }
  if (has("r") && has("u")) {
    const [r, c] = patch;
    const title = `patch at row ${c + 1}, column ${r + 1}`;
    return [face(title, FILTER, FILTER, (v, u) => ({ r, c, u, v }))];
  }
  if (has("u")) {
    return filters.map((i) => face(`filter ${i + 1}`, FILTER, FILTER, (v, u) => ({ i, u, v }), i));
  }
  if (has("r")) {
    return filters.map((i) => face(`filter ${i + 1}`, MAP, MAP, (c, r) => ({ i, r, c }), i));
  }
  if (has("r+u")) {
    return [face(`image ${image}`, IMAGE, IMAGE, (y, x) => ({ "r+u": x, "c+v": y }))];
  }
  if (has("k")) {
    const n = tensor.shape[axes.indexOf("k")], columns = Math.min(ACROSS, n);
    return [face("one cell for each image", Math.ceil(n / columns), columns, (row, column) => (
      { k: row * columns + column }))];
  }
  return [face("", 1, 1, () => ({}))];
}
