// The selected image on its way through the network, from left to right.

import { CELLS, MAP } from "./maths.js";
import { facesOf } from "./faces.js";
import { unravel } from "./names.js";
import { compact, fixed } from "./numbers.js";
import { PictureRow } from "./pictures.js";
import { part } from "./dom.js";

export class Network {
  constructor(view, colours) {
    this.view = view;
    this.rows = Object.fromEntries(["image", "filters", "maps", "dense"].map((name) => {
      const row = new PictureRow(colours);
      part(`network-${name}`).append(row.element);
      return [name, row];
    }));
    for (const [name, options] of [["maps", ["A", "C"]], ["dense", ["wo", "wo·a"]]]) {
      for (const option of options) {
        part(`show-${option}`).addEventListener("click", () => view.change({ [name]: option }));
      }
    }
    part("image").addEventListener("change", (event) => view.change({ image: Number(event.target.value) }));
    part("image-before").addEventListener("click", () => view.change({ image: view.image - 1 }));
    part("image-after").addEventListener("click", () => view.change({ image: view.image + 1 }));
    view.listen(() => this.#draw());
  }

  #draw() {
    const { view } = this, { image } = view;
    this.#show("image", "X");
    this.#show("filters", "f");
    this.#show("maps", view.maps);
    if (view.dense === "wo") this.#show("dense", "wo");
    else this.#showContributions();
    for (const option of ["A", "C", "wo", "wo·a"]) {
      part(`show-${option}`).setAttribute("aria-pressed", option === view.maps || option === view.dense);
    }
    part("image").value = image;
    part("image").max = view.settings.held - 1;
    part("image-before").disabled = image === 0;
    part("image-after").disabled = image === view.settings.held - 1;
    this.#showNumbers();
  }

  #show(row, name) {
    this.rows[row].show(contentsOf(this.view, name), this.view.run.tensorOf[name].scale);
  }

  /** Show wo times a: what each unit adds to z. */
  #showContributions() {
    const { view } = this, a = view.iteration.tensor("a"), wo = view.iteration.tensor("wo");
    const contents = contentsOf(view, "wo").map((content, i) => ({
      ...content,
      label: `wo·a, filter ${i + 1}`,
      value: (row, column) => {
        const j = i * CELLS + column * MAP + row;
        return wo.at(j, 0) * a.at(j, view.image);
      },
      choose: undefined,
      marked: null,
    }));
    this.rows.dense.show(contents, "signed");
  }

  #showNumbers() {
    const { run, image, iteration, settings } = this.view, digit = run.digitOf(image, settings), target = digit > 4 ? "> 4" : "≤ 4";
    part("digit").textContent = `digit ${digit}, target ${target}`;
    const number = (name) => iteration.tensor(name)?.at(0, image) ?? NaN;
    const [z, zs, o, E] = ["z", "zs", "o", "E"].map(number);
    const known = Number.isFinite(o);
    part("z").textContent = `z = ${compact(z)}`;
    part("zs").textContent = known ? `ẑ = ${fixed(zs, 2)}` : "ẑ undefined";
    part("o").textContent = known ? `o = ${fixed(o, 3)}` : "o undefined";
    part("E").textContent = known ? `E = ${fixed(E, 4)}` : "E undefined";
    const isRight = o > 0.5 === digit > 4;
    part("verdict").textContent = !known ? "no prediction"
      : `predicts ${o > 0.5 ? "> 4" : "≤ 4"} ${isRight ? "✓ correct" : "✗ wrong"}`;
    part("verdict").className = !known ? "muted" : isRight ? "right" : "wrong";
    part("problem").textContent = iteration.problem;
  }
}

/** Return what the pictures of a tensor show, for `PictureRow.show`; nothing if it is undefined. */
export function contentsOf(view, name) {
  const tensor = view.iteration.tensor(name), known = view.run.tensorOf[name], { cell } = view;
  if (!tensor) return [];
  return facesOf(tensor, known.axes, view.image, patchOf(view)).map((face) => {
    const { rows, columns, index } = face;
    let marked = null;
    for (let row = 0; cell?.tensor === name && row < rows && !marked; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        if (index(row, column).join() === cell.index.join()) marked = [row, column];
      }
    }
    return {
      ...face,
      label: `${known.symbol}, ${known.meaning}${face.title ? `, ${face.title}` : ""}`,
      value: (row, column) => {
        const at = index(row, column);
        return tensor.has(at) ? tensor.at(...at) : undefined;
      },
      choose: (row, column) => {
        const at = index(row, column);
        if (!tensor.has(at)) return;
        const own = known.axes.indexOf("k");
        const image = own >= 0 && own < at.length ? at[own] : view.image;
        view.change({ cell: { tensor: name, index: at }, image });
      },
      marked,
    };
  });
}

/** Return r and c of the patch that the chosen cell is about, or of one in the middle. */
function patchOf({ cell, run }) {
  const axes = cell ? run.tensorOf[cell.tensor].axes : [];
  const at = (axis) => cell.index[axes.indexOf(axis)];
  if (axes.includes("r") && axes.includes("c")) return [at("r"), at("c")];
  return axes.includes("j") ? unravel(at("j")).slice(1) : [11, 11];
}
