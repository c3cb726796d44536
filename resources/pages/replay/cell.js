// The number that has been pointed at.

import { entryText, placeText } from "./names.js";
import { compact } from "./numbers.js";
import { announce, part } from "./dom.js";

export class Cell {
  constructor(view) {
    this.view = view;
    this.announced = "";
    view.listen(() => this.#draw());
  }

  #draw() {
    const { cell, run, iteration } = this.view;
    const tensor = cell && iteration.tensor(cell.tensor);
    part("cell").hidden = !tensor?.has(cell.index);
    if (part("cell").hidden) return;
    const known = run.tensorOf[cell.tensor], value = tensor.at(...cell.index);
    const place = placeText(known, cell.index), name = entryText(known, cell.index);
    part("cell-place").textContent = place;
    part("cell-value").textContent = `${name} = ${compact(value, 8)}`;
    this.#announce(`${place || name}: ${compact(value, 4)}`);
  }

  #announce(text) {
    if (text !== this.announced) announce(text);
    this.announced = text;
  }
}
