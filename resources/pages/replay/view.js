// What is selected, and when it is drawn again. The parts of the page change it and listen to it.

export class View {
  constructor(run) {
    this.run = run;
    this.state = run.states - 1;
    this.image = 0;
    this.operation = null; // none has been stepped to
    this.cell = null; // { tensor, index }
    this.maps = "A";
    this.dense = "wo";
    this.listeners = [];
    this.isDue = false;
  }

  /** The settings at the state that is shown. */
  get settings() {
    return this.run.settingsAt(this.run.iterationOf(this.state));
  }

  /** The iteration that begins at the state that is shown. */
  get iteration() {
    return this.run.iteration(this.state);
  }

  /** Call back with this view whenever it has changed. */
  listen(listener) {
    this.listeners.push(listener);
  }

  /** Select something else; everything is drawn once, at the browser's next frame. */
  change(values) {
    Object.assign(this, values);
    this.state = Math.min(Math.max(0, this.state), this.run.states - 1);
    this.image = Math.min(Math.max(0, this.image), this.settings.held - 1);
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => this.show());
  }

  /** Let everything show it at once. */
  show() {
    this.isDue = false;
    for (const listener of this.listeners) listener(this);
  }
}
