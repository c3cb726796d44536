// Numbers as pictures that can be pointed at, and walked through with the arrow keys.

import { rangeOf } from "./colours.js";
import { element } from "./dom.js";
import { compact, tick } from "./numbers.js";

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * One matrix on a canvas.
 *
 * `content` has title, rows, columns, `value(row, column)`, kind of scale, its ends low and high,
 * and, if it can be chosen, `choose(row, column)` and `describe(row, column)`.
 */
export class Picture {
  constructor(colours) {
    this.colours = colours;
    this.canvas = element("canvas");
    this.mark = element("span", { class: "mark", hidden: "" });
    this.title = element("figcaption");
    this.numbers = element("div", { class: "written", "aria-hidden": "true" });
    const frame = element("div", { class: "frame" }, this.canvas, this.numbers, this.mark);
    this.element = element("figure", { class: "picture" }, this.title, frame);
    this.cursor = [0, 0];
    this.canvas.addEventListener("pointerdown", (event) => this.#point(event));
    this.canvas.addEventListener("keydown", (event) => this.#move(event));
  }

  /** Draw a matrix. */
  show(content) {
    this.content = content;
    const { title, rows, columns, kind, low, high, filter } = content;
    this.title.textContent = title;
    this.element.dataset.filter = filter ?? "";
    this.#offer();
    if (this.canvas.width !== columns || this.canvas.height !== rows) {
      this.canvas.width = columns;
      this.canvas.height = rows;
      this.element.style.setProperty("--columns", columns);
      this.element.style.setProperty("--rows", rows);
    }
    const context = this.canvas.getContext("2d"), pixels = context.createImageData(columns, rows);
    for (let row = 0, at = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1, at += 4) {
        const value = content.value(row, column);
        if (value === undefined) continue; // beyond the last image
        pixels.data.set(this.colours.of(value, kind, low, high), at);
        pixels.data[at + 3] = 255;
      }
    }
    context.putImageData(pixels, 0, 0);
    this.#write(pixels.data);
    this.showMark(content.marked ?? null);
  }

  /** Outline one cell, or none. */
  showMark(cell) {
    this.mark.hidden = cell === null;
    if (cell === null) return;
    this.cursor = cell;
    const { rows, columns } = this.content;
    this.mark.style.left = `${(100 * cell[1]) / columns}%`;
    this.mark.style.top = `${(100 * cell[0]) / rows}%`;
    this.mark.style.width = `${100 / columns}%`;
    this.mark.style.height = `${100 / rows}%`;
  }

  /** Write the numbers on their colours, if that is wanted. */
  #write(pixels) {
    const { rows, columns, value, isWritten } = this.content;
    this.numbers.replaceChildren();
    if (!isWritten) return;
    for (let at = 0; at < rows * columns; at += 1) {
      const number = value(Math.floor(at / columns), at % columns);
      const lightness = Math.max(...pixels.slice(4 * at, 4 * at + 3));
      this.numbers.append(element("span", { class: lightness > 150 ? "on-light" : "on-dark" }, compact(number, 2)));
    }
  }

  #offer() {
    const { title, label, rows, columns, choose } = this.content;
    const named = `${label ?? title}, ${rows} rows, ${columns} columns`;
    this.canvas.setAttribute("role", choose ? "application" : "img");
    this.canvas.setAttribute("aria-label", choose ? `${named}: arrow keys choose a cell` : named);
    if (choose) {
      this.canvas.setAttribute("aria-roledescription", "picture of numbers");
      this.canvas.tabIndex = 0;
    }
  }

  #point(event) {
    const { rows, columns, choose } = this.content;
    if (!choose) return;
    const place = this.canvas.getBoundingClientRect();
    const at = (from, length, count) => Math.min(count - 1, Math.max(0, Math.floor((from / length) * count)));
    choose(at(event.clientY - place.top, place.height, rows), at(event.clientX - place.left, place.width, columns));
  }

  #move(event) {
    const { rows, columns, choose } = this.content, move = MOVES[event.key];
    if (!choose || !move || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const [row, column] = this.cursor;
    choose(Math.min(rows - 1, Math.max(0, row + move[0])), Math.min(columns - 1, Math.max(0, column + move[1])));
  }
}

/** Pictures in a row on one scale, with a colour bar beneath them. */
export class PictureRow {
  constructor(colours) {
    this.colours = colours;
    this.pictures = [];
    this.row = element("div", { class: "row" });
    this.bar = element("canvas", { class: "bar", width: 255, height: 1, "aria-hidden": "true" });
    this.low = element("span");
    this.middle = element("span");
    this.high = element("span");
    const ends = element("div", { class: "ends" }, this.low, this.middle, this.high);
    this.scale = element("div", { class: "scale" }, this.bar, ends);
    this.element = element("div", { class: "pictures" }, this.row, this.scale);
  }

  /** Draw matrices; each is as `Picture.show` takes it, but for kind, low and high. */
  show(contents, kind) {
    while (this.pictures.length > contents.length) this.pictures.pop().element.remove();
    while (this.pictures.length < contents.length) {
      this.pictures.push(new Picture(this.colours));
      this.row.append(this.pictures.at(-1).element);
    }
    const [low, high] = rangeOf(kind, contents.flatMap(valuesOf));
    contents.forEach((content, at) => this.pictures[at].show({ ...content, kind, low, high }));
    this.scale.hidden = contents.length === 0; // of an undefined tensor
    this.#showScale(kind, low, high);
  }

  #showScale(kind, low, high) {
    const context = this.bar.getContext("2d"), pixels = context.createImageData(255, 1);
    for (let at = 0; at < 255; at += 1) {
      pixels.data.set(this.colours.of(low + ((high - low) * at) / 254, kind, low, high), 4 * at);
      pixels.data[4 * at + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
    const end = kind === "range" ? (value) => compact(value, 4) : tick;
    this.low.textContent = end(low);
    this.middle.textContent = low === -high ? "0" : "";
    this.high.textContent = end(high);
  }
}

function valuesOf({ rows, columns, value }) {
  const values = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) values.push(value(row, column));
  }
  return values.filter((number) => number !== undefined);
}
