// How any entry of a tensor was computed.

import * as backward from "./explain_backward.js";
import * as forward from "./explain_forward.js";

const HOW = {
  X: forward.given, y: forward.given, f: forward.given, wo: forward.given,
  P: forward.patches, C: forward.correlate, A: forward.sigmoid, a: forward.flatten,
  z: forward.dense, zs: forward.standardise, mean: forward.meanOfZ, std: forward.std,
  o: forward.output, E: forward.error,
  error_wrt_output: backward.errorWrtOutput, output_wrt_z: backward.outputWrtZ,
  delta: backward.delta, dW: backward.denseGradient, wo_next: backward.update,
  G: backward.mapGradient, g: backward.averageOverImages, M: backward.reshape,
  dF: backward.filterGradient, f_next: backward.update,
};

/** Return formula, terms, pictures and shares of an `Entry`; and a note if there is a formula alone. */
export function explain(entry) {
  const known = entry.iteration.unexplained(entry.name);
  if (!known) return HOW[entry.name](entry);
  return { formula: known.latex, note: known.note, terms: [], pictures: [], shares: null, adding: "" };
}
