// The number that has been pointed at, and how it was made.

import { element, announce, part } from "./dom.js";
import { Entry } from "./entry.js";
import { explain } from "./explain.js";
import { formulae } from "./latex.js";
import { entryText, placeText } from "./names.js";
import { compact, counted } from "./numbers.js";
import { PictureRow } from "./pictures.js";

const LISTED = 8; // images whose shares are listed

export class Cell {
  constructor(view, colours) {
    this.view = view;
    this.colours = colours;
    this.announced = "";
    view.listen(() => this.#draw());
  }

  #draw() {
    const { cell, run, iteration, image } = this.view;
    const tensor = cell && iteration.tensor(cell.tensor);
    const isShown = Boolean(tensor?.has(cell.index));
    part("cell").hidden = !isShown;
    part("no-cell").hidden = isShown;
    part("to-cell").hidden = !isShown;
    if (!isShown) {
      part("pointed").textContent = "Point at a cell to read its value.";
      return;
    }
    const entry = new Entry(iteration, run.tensorOf, cell.tensor, cell.index, image);
    const made = explain(entry), known = run.tensorOf[cell.tensor];
    const place = placeText(known, cell.index), name = entryText(known, cell.index);
    part("cell-place").textContent = place;
    const value = `${name} = ${compact(entry.value, 8)}`;
    part("cell-value").textContent = value;
    part("pointed").textContent = [place, value].filter(Boolean).join(" · ");
    part("cell-formula").replaceChildren(...formulae(made.formula));
    part("cell-note").textContent = made.note ?? "";
    part("cell-terms").replaceChildren(...made.terms.map(termRow));
    this.#drawPictures(made.pictures);
    this.#drawShares(made);
    this.#announce(`${place || name}: ${compact(entry.value, 4)}`);
  }

  #drawPictures(pictures) {
    part("cell-pictures").replaceChildren(...pictures.map(({ symbol, title, size, kind, value, mark }) => {
      const row = new PictureRow(this.colours), isLarge = size <= 5;
      const content = {
        title: `${title}\n${symbol}`, rows: size, columns: size,
        value: (y, x) => value(x, y), marked: mark && [mark[1], mark[0]], isWritten: isLarge,
      };
      row.show([content], kind);
      return row.element;
    }));
  }

  /** List the images that add most. */
  #drawShares({ shares, adding }) {
    part("cell-shares").hidden = !shares;
    if (!shares) return;
    const order = [...shares.keys()].sort((a, b) => Math.abs(shares[b]) - Math.abs(shares[a]));
    const largest = Math.abs(shares[order[0]]) || 1;
    const rows = order.slice(0, LISTED).map((k) => this.#shareRow(k, shares[k], largest));
    const heading = element("h3", {}, `What ${adding} adds, the largest of ${counted(shares.length)}`);
    part("cell-shares").replaceChildren(heading, element("table", {}, element("tbody", {}, ...rows)));
  }

  #shareRow(k, share, largest) {
    const bar = element("span", { class: "share" });
    bar.style.width = `${(100 * Math.abs(share)) / largest}%`;
    const button = element("button", { type: "button", class: "link" }, `image ${k}`);
    button.addEventListener("click", () => this.view.change({ image: k }));
    const digit = `digit ${this.view.run.digitOf(k, this.view.settings)}`;
    return element("tr", {}, ...[button, digit, compact(share, 4), bar].map((content) => element("td", {}, content)));
  }

  #announce(text) {
    if (text !== this.announced) announce(text);
    this.announced = text;
  }
}

function termRow({ symbol, what, value }) {
  const text = symbol === "n" ? counted(value) : compact(value, 4);
  return element("tr", {}, element("td", {}, `${symbol} = ${text}`), element("td", { class: "what" }, what));
}
