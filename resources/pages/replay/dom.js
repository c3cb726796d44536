// Elements of the page.

const SVG = "http://www.w3.org/2000/svg";

/** Return an element with attributes and content; an attribute that is null is left out. */
export function element(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(name, value);
  }
  made.append(...content);
  return made;
}

/** Return an SVG element with attributes and text. */
export function shape(tag, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

/** Return the page's element with an id. */
export const part = (id) => document.getElementById(id);

/** Report something to a screen reader. */
export function announce(text) {
  part("live").textContent = text;
}
