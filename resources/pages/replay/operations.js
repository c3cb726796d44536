// The operations of one iteration, in their order: the list, the formula and the results of one.

import { formulae } from "./latex.js";
import { contentsOf } from "./network.js";
import { PictureRow } from "./pictures.js";
import { extremes, mean } from "./tensor.js";
import { compact } from "./numbers.js";
import { announce, element, part } from "./dom.js";

const MOST = 1_000_000; // numbers of a tensor that are gone through for its figures

export class Operations {
  constructor(view, colours) {
    this.view = view;
    this.colours = colours;
    this.cards = new Map();
    this.buttons = view.run.operations.map((operation) => this.#button(operation));
    part("next-operation").addEventListener("click", () => this.#move(1));
    part("operation-before").addEventListener("click", () => this.#move(-1));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "F10") return;
      event.preventDefault();
      this.#move(event.shiftKey ? -1 : 1);
    });
    view.listen(() => this.#draw());
  }

  /** Go to the next or the previous operation; past the last one, on to the next iteration. */
  #move(by) {
    const { view } = this, { operations } = view.run;
    const at = view.operation === null ? -1 : view.operation;
    const next = at + by;
    if (next < 0) {
      if (view.state > 0 && at >= 0) view.change({ state: view.state - 1, operation: operations.length - 1 });
      else return;
    } else if (next < operations.length) {
      view.change({ operation: next });
    } else if (view.state < view.run.states - 1 && view.run.every === 1) {
      view.change({ state: view.state + 1, operation: 0 });
    } else return;
    view.change({ cell: null });
    this.#announce();
  }

  #announce() {
    const { run, operation, settings } = this.view, { title, writes } = run.operations[operation];
    const { formula } = run.variant(run.operations[operation], settings);
    const results = writes.map((name) => run.tensorOf[name].meaning).join(", ");
    announce(`Operation ${operation + 1} of ${run.operations.length}, ${title}: ${formula}. Result: ${results}.`);
  }

  #button(operation) {
    const number = this.view.run.operations.indexOf(operation);
    const formula = element("span", { class: "formula" });
    const button = element("button", { type: "button" }, element("span", { class: "title" }, operation.title), formula);
    button.addEventListener("click", () => {
      this.view.change({ operation: number, cell: null });
      this.#announce();
    });
    part(operation.isForward ? "forward" : "backward").append(element("li", {}, button));
    return button;
  }

  #draw() {
    const { view } = this, { run, settings, iteration } = view;
    run.operations.forEach((operation, number) => {
      const variant = run.variant(operation, settings), button = this.buttons[number];
      button.lastChild.textContent = variant.formula;
      button.setAttribute("aria-current", number === view.operation ? "step" : "false");
      button.classList.toggle("done", view.operation !== null && number <= view.operation);
      button.classList.toggle("departs", variant.departs);
    });
    part("operation-before").disabled = view.operation === null || (view.operation === 0 && view.state === 0);
    part("results").hidden = part("operation-title").hidden = view.operation === null;
    if (view.operation === null) return;
    const operation = run.operations[view.operation], variant = run.variant(operation, settings);
    part("operation-title").textContent = `${view.operation + 1} of ${run.operations.length}: ${operation.title}, ${variant.name}`;
    this.#showFormula(variant);
    part("code").textContent = variant.numpy;
    part("departure").textContent = variant.note || departureText(variant.switches);
    part("departure").className = variant.departs ? "wrong" : "muted";
    const names = [...operation.writes, ...variant.reads];
    for (const [name, card] of this.cards) {
      if (!names.includes(name)) {
        card.element.remove();
        this.cards.delete(name);
      }
    }
    for (const name of names) {
      const card = this.cards.get(name) ?? this.#newCard(name);
      (operation.writes.includes(name) ? part("writes") : part("reads")).append(card.element);
      card.show(view, iteration.tensor(name));
    }
  }

  #showFormula(variant) {
    if (this.variant === variant) return; // it is set once
    this.variant = variant;
    part("formula").replaceChildren(...formulae(variant.latex));
  }

  #newCard(name) {
    const card = new TensorCard(this.view.run.tensorOf[name], this.colours);
    this.cards.set(name, card);
    return card;
  }
}

function departureText(switches) {
  if (!switches.length) return "";
  const names = switches.join(" and ").replaceAll("-", " ");
  return `This departs from the gradient: ${names} ${switches.length === 1 ? "is" : "are"} not corrected.`;
}

/** The pictures of one tensor, with its extremes. */
class TensorCard {
  constructor(tensor, colours) {
    this.tensor = tensor;
    this.pictures = new PictureRow(colours);
    this.figures = element("p", { class: "muted" });
    const heading = element("h4", {}, element("b", {}, tensor.symbol), ` ${tensor.meaning}`);
    this.element = element("section", { class: "card", "data-tensor": tensor.name }, heading, this.pictures.element, this.figures);
  }

  show(view, values) {
    this.pictures.show(contentsOf(view, this.tensor.name), this.tensor.scale);
    if (!values) {
      this.figures.textContent = "undefined";
      return;
    }
    const shape = values.shape.join(" × ");
    if (values.size > MOST) {
      this.figures.textContent = shape;
      return;
    }
    const all = values.values(), [low, high] = extremes(all);
    this.figures.textContent = all.length === 1 ? compact(all[0], 6)
      : `${shape}: min ${compact(low)}, mean ${compact(mean(all))}, max ${compact(high)}`;
  }
}
