// A curve over the iterations, on which a click goes to one of them.

import { element, shape } from "./dom.js";

const WIDTH = 480, HEIGHT = 132, LEFT = 44, BOTTOM = 20, TOP = 8, RIGHT = 10;
const MOST = 1200; // points; of more, the least and the largest of each group are drawn

export class Curve {
  /**
   * `values` has one number for each iteration, `tickText` writes one on the axis, `marks` are
   * iterations of changes and bookmarks, and `goTo` is called with the iteration that is clicked.
   * `dashed` has values of some iterations, which `at` lists.
   */
  constructor({ title, values, dashed, at: evaluated, low, high, tickText, marks, goTo }) {
    this.count = Math.max(1, values.length);
    [this.low, this.high] = [low, high];
    this.svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curve", role: "img" });
    this.title = title;
    this.caption = element("figcaption");
    this.element = element("figure", {}, this.caption, this.svg);
    this.svg.append(shape("text", { x: this.x(this.count / 4), y: HEIGHT - 4, "text-anchor": "middle" }, "iteration"));
    for (const value of [low, (low + high) / 2, high]) this.#tick(value, tickText(value));
    for (const at of [...new Set([0, Math.round(this.count / 2), this.count])]) {
      const [x, anchor] = at && at === this.count ? [WIDTH, "end"] : [this.x(at), "middle"];
      this.svg.append(shape("text", { x, y: HEIGHT - 4, "text-anchor": anchor }, at));
    }
    for (const at of marks) {
      this.svg.append(shape("line", { class: "change", x1: this.x(at), x2: this.x(at), y1: TOP, y2: HEIGHT - BOTTOM }));
    }
    this.svg.append(shape("path", { class: "line held-out", d: this.#path(dashed, evaluated) }));
    this.svg.append(shape("path", { class: "line", d: this.#path(values) }));
    this.cursor = shape("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM });
    this.dot = shape("circle", { class: "dot", r: 4 });
    this.svg.append(this.cursor, this.dot);
    this.svg.addEventListener("pointerdown", (event) => {
      const place = this.svg.getBoundingClientRect();
      const x = ((event.clientX - place.left) / place.width) * WIDTH;
      goTo(Math.round(((x - LEFT) / (WIDTH - LEFT - RIGHT)) * this.count));
    });
  }

  x(iteration) {
    return LEFT + (iteration / this.count) * (WIDTH - LEFT - RIGHT);
  }

  y(value) {
    const share = (value - this.low) / (this.high - this.low || 1);
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
  }

  /** Mark an iteration and its value, which `text` writes. */
  show(iteration, value, text) {
    this.caption.textContent = text;
    this.svg.setAttribute("aria-label", `${this.title}: at iteration ${iteration}, ${text}`);
    const x = this.x(iteration);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.dot.setAttribute("visibility", Number.isFinite(value) ? "visible" : "hidden");
    if (Number.isFinite(value)) {
      this.dot.setAttribute("cx", x);
      this.dot.setAttribute("cy", this.y(value));
    }
  }

  #tick(value, text) {
    const y = this.y(value);
    this.svg.append(shape("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }));
    this.svg.append(shape("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, text));
  }

  /** Return a line through values of all iterations, or of some. */
  #path(values, iterations = null) {
    const known = ends(values).filter((at) => Number.isFinite(values[at]));
    const x = (at) => this.x(iterations ? iterations[at] : at).toFixed(1);
    return known.map((at, nth) => `${nth ? "L" : "M"}${x(at)} ${this.y(values[at]).toFixed(1)}`).join("");
  }
}

/** Return the indices of values to be drawn: all, or the least and the largest of each group. */
function ends(values) {
  const group = Math.max(1, Math.ceil((2 * values.length) / MOST));
  const points = [];
  for (let first = 0; first < values.length; first += group) {
    let least = first, largest = first;
    for (let at = first; at < Math.min(first + group, values.length); at += 1) {
      if (values[at] < values[least]) least = at;
      if (values[at] > values[largest]) largest = at;
    }
    points.push(...new Set([Math.min(least, largest), Math.max(least, largest)]));
  }
  return points;
}
