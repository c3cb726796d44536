// The little LaTeX of the program's formulae as MathML: letters, indices, fractions, roots, sums.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const TOKEN = /\\[a-zA-Z]+|\\.|[0-9]+(?:\.[0-9]+)?|\S/g;
const LETTERS = { sigma: "σ", delta: "δ", eta: "η", partial: "∂", infty: "∞", hat: "^" };
const SIGNS = { cdot: "·", cdots: "⋯", odot: "⊙", sum: "∑", leftarrow: "←", times: "×" };
const SPACES = { ",": "0.17em", ";": "0.28em" };

function made(tag, content, attributes = {}) {
  const element = document.createElementNS(MATHML, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

/** Return a formula as elements: what stands after a wide space is on a line of its own. */
export function formulae(latex) {
  return latex.split("\\quad").map((line) => (
    made("math", parts(line.match(TOKEN) ?? [], null), { display: "block" })));
}

/** Read what stands before an end. */
function parts(tokens, end) {
  const read = [];
  while (tokens.length && tokens[0] !== end) read.push(scripted(tokens));
  tokens.shift();
  return read;
}

/** Read one sign with what is below and above it. */
function scripted(tokens) {
  const isSum = tokens[0] === "\\sum";
  let base = atom(tokens), below = null, above = null;
  for (;;) {
    if (tokens[0] === "_") below = (tokens.shift(), atom(tokens));
    else if (tokens[0] === "^") above = (tokens.shift(), atom(tokens));
    else if (tokens[0] === "'") above = (tokens.shift(), made("mo", ["′"]));
    else break;
  }
  if (below && above) base = made("msubsup", [base, below, above]);
  else if (below) base = made(isSum ? "munder" : "msub", [base, below]);
  else if (above) base = made("msup", [base, above]);
  return base;
}

function atom(tokens) {
  const token = tokens.shift();
  if (token === "{") return made("mrow", parts(tokens, "}"));
  if (/^[0-9]/.test(token)) return made("mn", [token]);
  if (/^[a-zA-Zα-ωẑ]$/.test(token)) return made("mi", [token]);
  if (!token.startsWith("\\")) return made("mo", [token === "-" ? "−" : token], stretched(token));
  const name = token.slice(1);
  if (name === "frac") return made("mfrac", [atom(tokens), atom(tokens)]);
  if (name === "sqrt") return made("msqrt", [atom(tokens)]);
  if (name === "hat") return made("mover", [atom(tokens), made("mo", ["^"])]);
  if (name === "mathrm") return made("mi", [atom(tokens).textContent]);
  if (name === "left" || name === "right") return made("mo", [tokens.shift()], { stretchy: "true" });
  if (name in SPACES) return made("mspace", [], { width: SPACES[name] });
  return name in SIGNS ? made("mo", [SIGNS[name]]) : made("mi", [LETTERS[name] ?? name]);
}

/** Brackets keep their size unless they are to follow what they hold. */
const stretched = (token) => ("()[]".includes(token) ? { stretchy: "false" } : {});

