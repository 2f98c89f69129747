/** Building elements. Text goes in as text, never as markup. */

/** element("td", {class: "num", title: "..."}, "text", child, ...); falsy children are left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children.filter((child) => child !== undefined && child !== false && child !== ""));
  return made;
}

/** Write the text only if it is different: an unchanged node costs no layout and keeps a selection. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** The same for an attribute; `undefined` removes it. */
export function setAttribute(node, name, value) {
  if (value === undefined) {
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

const SVG = "http://www.w3.org/2000/svg";
/** Shapes of our own, drawn with a stroke on 16 x 16. */
const SHAPES = {
  pending: ["M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11"],
  running: ["M8 2.5a5.5 5.5 0 1 1-5.5 5.5"],
  done: ["M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12", "M5.3 8.2l1.9 1.9l3.6-4"],
  failed: ["M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12", "M5.9 5.9l4.2 4.2", "M10.1 5.9l-4.2 4.2"],
  unfinished: ["M8 2.6l6 10.6h-12z", "M8 6.6v3", "M8 11.4v.1"],
  skipped: ["M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11", "M5.5 8h5"],
  create: ["M8 3.5v9", "M3.5 8h9"],
  update: ["M3 10c2-6 4-6 5-2s3 4 5-2"],
  replace: ["M3 6h9l-2.5-2.5", "M13 10h-9l2.5 2.5"],
  delete: ["M3.5 8h9"],
  read: ["M2 8c3-5 9-5 12 0c-3 5-9 5-12 0z", "M8 6.8a1.2 1.2 0 1 1 0 2.4a1.2 1.2 0 1 1 0-2.4"],
  forget: ["M4 4l8 8"],
};

/** A small drawing, hidden from screen readers: a word is next to it. */
export function shape(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `shape is-${name}`);
  svg.setAttribute("aria-hidden", "true");
  for (const line of SHAPES[name] ?? SHAPES.pending) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", line);
    svg.append(path);
  }
  return svg;
}
