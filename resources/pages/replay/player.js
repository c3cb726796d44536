// The buttons, keys and slider that go through the iterations.

import { counted, lossText, percent } from "./numbers.js";
import { announce, part } from "./dom.js";

const KEYS = { " ": "play", ArrowLeft: "back", ArrowRight: "step", Home: "first", End: "last" };

export class Player {
  constructor(view) {
    this.view = view;
    this.playing = false;
    this.last = 0; // when the last state was shown, in milliseconds
    part("play").addEventListener("click", () => this.toggle());
    const moves = { back: () => view.state - 1, step: () => view.state + 1, first: () => 0, last: () => Infinity };
    for (const [name, to] of Object.entries(moves)) {
      part(name).addEventListener("click", () => this.goTo(to()));
    }
    this.slider = part("timeline");
    this.slider.max = view.run.states - 1;
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
    this.number = part("iteration");
    this.number.max = view.run.iterations;
    this.number.step = view.run.every;
    this.number.addEventListener("change", () => this.goTo(view.run.stateAt(Number(this.number.value))));
    document.addEventListener("keydown", (event) => this.#press(event));
    view.listen(() => this.#draw());
  }

  /** Show a state and stop playing. */
  goTo(state) {
    this.#stop();
    this.view.change({ state });
    requestAnimationFrame(() => announce(this.#summary()));
  }

  /** Play, from the start if the end is shown, or pause. */
  toggle() {
    if (this.playing) {
      this.goTo(this.view.state);
      return;
    }
    this.playing = true;
    if (this.view.state === this.view.run.states - 1) this.view.change({ state: 0 });
    announce("Playing.");
    this.last = performance.now();
    this.#draw();
    requestAnimationFrame((now) => this.#advance(now));
  }

  #advance(now) {
    if (!this.playing) return;
    if (now - this.last >= 1000 / Number(part("speed").value)) {
      this.last = now;
      this.view.change({ state: this.view.state + 1 });
      if (this.view.state === this.view.run.states - 1) {
        this.goTo(this.view.state);
        return;
      }
    }
    requestAnimationFrame((later) => this.#advance(later));
  }

  #stop() {
    this.playing = false;
    this.#draw();
  }

  #summary() {
    const { run, state } = this.view, { loss, accuracy } = run.score(state);
    const scored = `loss ${lossText(loss)}, accuracy ${percent(accuracy)}`;
    return `Iteration ${counted(run.iterationOf(state))}: ${scored}.`;
  }

  #press(event) {
    const name = KEYS[event.key], isChanged = event.ctrlKey || event.altKey || event.metaKey;
    const own = event.key === " " ? "input, select, button" : "input, select"; // have keys of theirs
    if (!name || isChanged || event.target.closest(own)) return;
    event.preventDefault();
    part(name).click();
  }

  #draw() {
    const { run, state, settings } = this.view, iteration = run.iterationOf(state);
    part("play").textContent = this.playing ? "Pause" : "Play";
    part("play").dataset.playing = this.playing;
    this.slider.value = state;
    this.slider.setAttribute("aria-valuetext", `iteration ${counted(iteration)}`);
    if (document.activeElement !== this.number) this.number.value = iteration;
    part("first").disabled = part("back").disabled = state === 0;
    part("last").disabled = part("step").disabled = state === run.states - 1;
    part("settings").textContent = settings.text;
    part("mark").textContent = run.marks.filter(([at]) => at === iteration).map(([, words]) => words).join("; ");
  }
}
