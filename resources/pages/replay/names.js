// What an entry of a tensor is called: as it is seen, and as the arrays are indexed.

import { CELLS, MAP } from "./maths.js";

/** Return i, r and c of the unit with index j in the flattened maps. */
export function unravel(j) {
  const cell = j % CELLS;
  return [(j - cell) / CELLS, Math.floor(cell / MAP), cell % MAP];
}

/** Write an entry as the arrays are indexed: C[3, 0, 5, 7]. */
export const entryText = (tensor, index) => (
  tensor.axes.some(Boolean) ? `${tensor.symbol}[${index.join(", ")}]` : tensor.symbol
);

/** Write where the pictures show an entry: filters, rows and columns are counted from 1. */
export function placeText(tensor, index) {
  const at = {};
  index.forEach((value, axis) => { at[tensor.axes[axis]] = value; });
  if ("j" in at) [at.i, at.r, at.c] = unravel(at.j);
  const parts = "k" in at ? [`image ${at.k}`] : [];
  if ("i" in at) parts.push(`filter ${at.i + 1}`);
  if ("r" in at && "u" in at) {
    parts.push(`patch at row ${at.c + 1}, column ${at.r + 1}`);
    return `${parts.join(", ")}: row ${at.v + 1}, column ${at.u + 1}`;
  }
  for (const [down, across] of [["c", "r"], ["v", "u"], ["c+v", "r+u"]]) {
    if (down in at) parts.push(`row ${at[down] + 1}, column ${at[across] + 1}`);
  }
  return parts.join(", ");
}
