// Colour scales, the same as the program's.

import { extremes } from "./tensor.js";

const STEPS = [1, 1.5, 2, 3, 5, 7, 10, 15];
const dark = window.matchMedia("(prefers-color-scheme: dark)");

let onPaper = false; // which is light

/** Call back whenever the browser changes between light and dark, and before and after it prints. */
export function onSchemeChange(changed) {
  dark.addEventListener("change", changed);
  for (const [event, paper] of [["beforeprint", true], ["afterprint", false]]) {
    window.addEventListener(event, () => { onPaper = paper; changed(); });
  }
}

/** Return the smallest of 1, 1.5, 2, 3, 5, 7 and 10 times a power of ten not below a number. */
export function roundRange(largest) {
  if (largest <= 0) return 1;
  const exponent = Math.floor(Math.log10(largest));
  return STEPS.map((step) => Number(`${step}e${exponent}`)).find((end) => end >= largest);
}

/** Return the ends of the scale on which values are drawn: their kind says which. */
export function rangeOf(kind, values) {
  if (kind === "ink" || kind === "activation") return [0, 1];
  const [low, high] = extremes(values);
  if (kind === "range") return low < high ? [low, high] : [low, low + 1];
  const largest = roundRange(Math.max(-low, high));
  return [-largest, largest];
}

/** The three scales of one page, each in light and in dark. */
export class Colours {
  /** `tables` holds 255 colours, three bytes each, of every map of the program that is used. */
  constructor(tables) {
    this.tables = Object.fromEntries(Object.entries(tables).map(
      ([name, text]) => [name, Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))],
    ));
    this.wrong = { light: [0xb9, 0x3a, 0x00], dark: [0xff, 0x8a, 0x5c] };
  }

  /** Return red, green and blue, 0 to 255, of a value between two ends. */
  of(value, kind, low, high) {
    const scheme = dark.matches && !onPaper ? "dark" : "light";
    if (Number.isNaN(value)) return this.wrong[scheme];
    const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
    if (kind === "ink") return ink(scheme, share);
    const table = this.tables[kind === "signed" ? `signed-${scheme}` : "activation"];
    const entry = 3 * (kind === "signed"
      ? Math.round(127 + 127 * (2 * share - 1)) : Math.round(254 * share));
    return table.subarray(entry, entry + 3);
  }
}

/** Return a grey level as paper and ink have it. */
function ink(scheme, share) {
  const [paper, full] = scheme === "dark" ? [[0, 0, 0], [255, 255, 255]] : [[255, 255, 255], [22, 27, 34]];
  return paper.map((from, at) => Math.round(from + (full[at] - from) * share));
}
