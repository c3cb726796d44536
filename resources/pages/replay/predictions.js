// The network's output for every image: a plot by digit, and a table.

import { compact, counted, fixed } from "./numbers.js";
import { element, part, shape } from "./dom.js";

const COLUMN = 44, HEIGHT = 150, TOP = 6, PAGE = 10;

export class Predictions {
  constructor(view, colours) {
    this.view = view;
    this.colours = colours;
    this.first = 0; // row of the table
    this.plot = part("plot");
    this.plot.setAttribute("viewBox", `-44 0 ${10 * COLUMN + 44} ${HEIGHT + 2 * TOP + 30}`);
    this.#drawAxes();
    this.points = shape("g");
    this.plot.append(this.points);
    this.plot.addEventListener("pointerdown", (event) => this.#point(event));
    for (const id of ["sort", "wrong-only"]) {
      part(id).addEventListener("change", () => { this.first = 0; this.#draw(); });
    }
    part("rows-before").addEventListener("click", () => { this.first -= PAGE; this.#draw(); });
    part("rows-after").addEventListener("click", () => { this.first += PAGE; this.#draw(); });
    view.listen(() => this.#draw());
  }

  #draw() {
    const { iteration, run, settings } = this.view, o = iteration.tensor("o"), E = iteration.tensor("E");
    const images = Array.from({ length: settings.held }, (_, k) => {
      const digit = run.digitOf(k, settings), output = o?.at(0, k) ?? NaN;
      const isKnown = Number.isFinite(output), isRight = isKnown && output > 0.5 === digit > 4;
      return { k, digit, output, error: E?.at(0, k) ?? NaN, isKnown, isRight, isWrong: isKnown && !isRight };
    });
    const right = images.filter((image) => image.isRight).length;
    const first = settings.held < settings.subset ? "the first " : "";
    part("score").textContent = o ? `${right} of ${first}${counted(images.length)} correct` : "none, ẑ is undefined";
    this.#drawPoints(o ? images : []);
    this.#drawTable(images);
  }

  #drawAxes() {
    const line = (attributes) => this.plot.append(shape("line", attributes));
    const text = (x, y, content, anchor) => (
      this.plot.append(shape("text", { x, y, "text-anchor": anchor }, content)));
    for (const [value, label] of [[1, "1"], [0.5, "½"], [0, "0"]]) {
      line({ class: value === 0.5 ? "half" : "grid", x1: 0, x2: 10 * COLUMN, y1: yOf(value), y2: yOf(value) });
      text(-6, yOf(value) + 4, label, "end");
    }
    line({ class: "grid", x1: 5 * COLUMN, x2: 5 * COLUMN, y1: TOP, y2: HEIGHT + TOP });
    text(5 * COLUMN, HEIGHT + 2 * TOP + 27, "digit", "middle");
    const name = shape("text", { transform: `translate(-30 ${yOf(0.5)}) rotate(-90)`, "text-anchor": "middle" }, "output");
    this.plot.append(name);
    for (let digit = 0; digit < 10; digit += 1) {
      text((digit + 0.5) * COLUMN, HEIGHT + 2 * TOP + 12, digit, "middle");
    }
  }

  /** Draw a disc for each right image and a cross for each wrong one. */
  #drawPoints(images) {
    while (this.points.childElementCount > images.length) this.points.lastChild.remove();
    while (this.points.childElementCount < images.length) {
      this.points.append(shape("path"));
    }
    images.forEach(({ k, digit, output, isRight }, at) => {
      const point = this.points.children[at], [x, y] = [xOf(k, digit), yOf(output)];
      point.setAttribute("d", isRight ? "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0" : "M-3-3L3 3M3-3L-3 3");
      point.setAttribute("transform", `translate(${x} ${y})`);
      point.setAttribute("class", `${isRight ? "right" : "wrong"}${k === this.view.image ? " chosen" : ""}`);
    });
  }

  #drawTable(images) {
    const isWrongOnly = part("wrong-only").checked, by = part("sort").value;
    const sign = by === "error" ? -1 : 1; // the largest errors first
    const shown = images.filter((image) => !isWrongOnly || image.isWrong);
    if (by !== "index") shown.sort((a, b) => sign * (a[by] - b[by]));
    this.first = Math.min(Math.max(0, this.first), Math.max(0, shown.length - 1));
    this.first -= this.first % PAGE;
    const page = shown.slice(this.first, this.first + PAGE);
    const rows = part("rows");
    while (rows.childElementCount > page.length) rows.lastChild.remove();
    while (rows.childElementCount < page.length) rows.append(this.#newRow());
    page.forEach((image, at) => this.#fill(rows.children[at], image));
    part("rows-before").disabled = this.first === 0;
    part("rows-after").disabled = this.first + PAGE >= shown.length;
    part("range").textContent = shown.length
      ? `${counted(this.first + 1)} to ${counted(this.first + page.length)} of ${counted(shown.length)}` : "none";
  }

  #newRow() {
    const thumbnail = element("canvas", { width: 28, height: 28, "aria-hidden": "true" });
    const button = element("button", { type: "button", class: "link" });
    const cells = [thumbnail, button, "", "", "", "", ""].map((content) => element("td", {}, content));
    const row = element("tr", {}, ...cells);
    row.addEventListener("click", () => this.view.change({ image: Number(row.dataset.image) }));
    return row;
  }

  #fill(row, { k, digit, output, error, isKnown, isRight, isWrong }) {
    const figures = isKnown ? [fixed(output, 2), compact(error), isRight ? "✓" : "✗"] : ["undefined", "–", "?"];
    const texts = [digit, digit > 4 ? "> 4" : "≤ 4", ...figures];
    row.dataset.image = k;
    row.className = `${isWrong ? "wrong" : ""} ${k === this.view.image ? "chosen" : ""}`;
    const [thumbnail, index, ...others] = row.children;
    index.firstChild.textContent = k;
    index.firstChild.setAttribute("aria-label", `show image ${k}`);
    index.firstChild.setAttribute("aria-pressed", k === this.view.image);
    others.forEach((cell, at) => { cell.textContent = texts[at]; });
    const context = thumbnail.firstChild.getContext("2d"), pixels = context.createImageData(28, 28);
    this.view.run.greyLevels(k, this.view.settings).forEach((level, at) => {
      pixels.data.set(this.colours.of(level / 255, "ink", 0, 1), 4 * at);
      pixels.data[4 * at + 3] = 255;
    });
    context.putImageData(pixels, 0, 0);
  }

  /** Select the image whose point is nearest to the pointer. */
  #point(event) {
    let nearest = null, least = Infinity;
    [...this.points.children].forEach((point, k) => {
      const place = point.getBoundingClientRect();
      const x = place.left + place.width / 2 - event.clientX, y = place.top + place.height / 2 - event.clientY;
      if (x * x + y * y < least) [least, nearest] = [x * x + y * y, k];
    });
    if (nearest !== null) this.view.change({ image: nearest });
  }
}

const yOf = (output) => TOP + (1 - output) * HEIGHT;

/** Return where an image stands across its digit's column: always the same, and spread evenly. */
const xOf = (k, digit) => (digit + 0.12 + 0.76 * ((k * 0.618034) % 1)) * COLUMN;
