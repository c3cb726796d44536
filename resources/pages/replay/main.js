// Puts the page together.

import { Cell } from "./cell.js";
import { Colours, onSchemeChange } from "./colours.js";
import { Curve } from "./curves.js";
import { element, part } from "./dom.js";
import { Entry } from "./entry.js";
import { explain } from "./explain.js";
import { Network } from "./network.js";
import { compact, counted, lossText, percent, plain, tick } from "./numbers.js";
import { Operations } from "./operations.js";
import { Player } from "./player.js";
import { Predictions } from "./predictions.js";
import { RecordedRun } from "./run.js";
import { extremes } from "./tensor.js";
import { View } from "./view.js";

const run = new RecordedRun(JSON.parse(part("run").textContent));
const view = new View(run);
const colours = new Colours(run.colours);
const player = new Player(view);

part("name").textContent = run.name;
part("about").textContent = `${counted(run.iterations)} iterations on ${run.data}`
  + heldText(run);

const marks = run.marks.map(([iteration]) => iteration);
const goTo = (iteration) => player.goTo(run.stateAt(iteration));
part("marks").hidden = marks.length === 0;
part("mark-list").append(...run.marks.map(([iteration, words]) => {
  const button = element("button", { type: "button", class: "link" }, `iteration ${counted(iteration)}`);
  button.addEventListener("click", () => goTo(iteration));
  return element("li", {}, button, ` ${words}`);
}));
const { heldOut } = run, [, highest] = extremes([...run.loss, ...heldOut.loss]);
const losses = new Curve({
  title: "loss", values: run.loss, dashed: heldOut.loss, at: heldOut.iteration, low: 0, high: highest || 1, tickText: (value) => tick(Number(value.toPrecision(2))), marks, goTo,
});
const accuracies = new Curve({
  title: "accuracy", values: run.accuracy, dashed: heldOut.accuracy, at: heldOut.iteration, low: 0, high: 1, tickText: (value) => `${100 * value} %`, marks, goTo,
});
part("curves").append(losses.element, accuracies.element);
view.listen(({ state }) => {
  const at = run.iterationOf(state), { loss, accuracy } = run.score(state);
  losses.show(at, loss, `loss ${lossText(loss)}`);
  accuracies.show(at, accuracy, `accuracy ${percent(accuracy)}`);
  part("held-out").textContent = heldOutText(at);
});

new Network(view, colours);
new Predictions(view, colours);
new Operations(view, colours);
new Cell(view, colours);

onSchemeChange(() => view.show());
view.change({ state: 0 });

const explained = (name, index, image) => explain(new Entry(view.iteration, run.tensorOf, name, index, image));

/** Say what the dashed curves are, and their last values up to an iteration. */
function heldOutText(iteration) {
  const nth = heldOut.iteration.findLastIndex((at) => at <= iteration);
  if (nth < 0) return heldOut.iteration.length ? "Dashed: held-out images, which are not trained on." : "";
  const figures = `loss ${lossText(heldOut.loss[nth])}, accuracy ${percent(heldOut.accuracy[nth])}`;
  const images = counted(heldOut.images[nth]), at = counted(heldOut.iteration[nth]);
  return `Dashed: ${images} held-out images, which are not trained on; at iteration ${at}, ${figures}.`;
}

/** Say what the page has left out of the run. */
function heldText({ every, settings, held, computed }) {
  const images = Math.max(...settings.map(({ subset }) => subset));
  const parts = [
    ...(every > 1 ? [`one state in ${counted(every)}`] : []),
    ...(held < images ? [`the first ${counted(held)} of ${counted(images)} images`] : []),
  ];
  const left = parts.length ? `; this page holds ${parts.join(" and ")}` : "";
  return computed ? `${left}; ${computed}` : left;
}

// For the browser's console: cnnviz.tensor("dF") is that of the state that is shown.
window.cnnviz = { run, view, explained, numbers: { compact, lossText, percent, plain, tick }, tensor: (name) => view.iteration.tensor(name) };
