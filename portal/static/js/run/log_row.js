/** One line of the log as an element. */

import { pieces } from "./ansi.js";
import { exactly, timeOfDay } from "../clock.js";
import { gettext, sentence } from "../i18n.js";
import { element } from "./dom.js";
import { marksIn } from "./log_query.js";
import { ticking } from "./times.js";

const NAMED_COLOR = /^(bright-)?[a-z]+$/;

/** @param {{query: object, times: string, from: number, isLinked: boolean, isCurrent: boolean}} look */
export function rowOf(line, shown, look) {
  const isFirst = line.part === 0;
  const row = element("div", {
    class: classOf(line, look),
    "data-seq": line.seq,
    role: "listitem",
  });
  row.append(isFirst ? numberOf(line) : element("span", { class: "log-number" }));
  if (look.times !== "off") {
    row.append(isFirst ? momentOf(shown, look) : element("span", { class: "log-time" }));
  }
  row.append(textOf(shown, look.query));
  if (line.beats > 1 && shown !== line) {
    row.append(element("span", { class: "log-beats", title: gettext("Repeated lines that were combined into this one") }, `×${line.beats}`));
  }
  return row;
}

/** The link to the line. Reached by a click or, as part of the line, by a screen reader: no tab stop per line. */
function numberOf({ seq }) {
  return element("a", { class: "log-number", href: `#L${seq}`, tabindex: "-1", "data-line": seq,
    "aria-label": sentence("Line %(number)s", { number: seq }) }, String(seq));
}

function momentOf(shown, look) {
  return element("time", { class: "log-time", datetime: shown.at, title: exactly(Date.parse(shown.at)), "data-is-local": "1" },
    timeOf(shown, look));
}

function classOf(line, { isLinked, isCurrent }) {
  return [
    "log-row",
    `is-${line.level}`,
    `is-type-${line.type}`,
    isLinked && "is-linked",
    isCurrent && "is-current",
  ].filter(Boolean).join(" ");
}

function timeOf({ at }, { times, from }) {
  return times === "clock" ? timeOfDay(Date.parse(at)) : `+${ticking(Date.parse(at) - from)}`;
}

function textOf(line, query) {
  const text = element("span", { class: "log-text" });
  const marks = query.isEmpty ? [] : marksIn(query, line.text);
  const parts = line.raw === undefined ? [{ text: line.text, look: undefined }] : pieces(line.raw);
  let at = 0;
  for (const part of parts) {
    for (const { piece, isMarked } of cut(part.text, at, marks)) {
      text.append(dressed(piece, part.look, isMarked));
    }
    at += part.text.length;
  }
  return text;
}

/** Cut a piece that begins at `at` of the line where marks begin and end. */
function* cut(text, at, marks) {
  let done = 0;
  for (const { from, to } of marks) {
    const [first, last] = [Math.max(from - at, done), Math.min(to - at, text.length)];
    if (first < last) {
      if (first > done) {
        yield { piece: text.slice(done, first), isMarked: false };
      }
      yield { piece: text.slice(first, last), isMarked: true };
      done = last;
    }
  }
  if (done < text.length) {
    yield { piece: text.slice(done), isMarked: false };
  }
}

function dressed(text, look, isMarked) {
  const node = look === undefined || Object.keys(look).length === 0 ? document.createTextNode(text) : styled(text, look);
  return isMarked ? element("mark", {}, node) : node;
}

function styled(text, look) {
  const weights = ["bold", "dim", "italic", "underline"].filter((name) => look[name]).map((name) => `ansi-${name}`);
  const span = element("span", {}, text);
  paint(span, weights, "color", look.color, "ansi");
  paint(span, weights, "backgroundColor", look.background, "ansi-on");
  span.className = weights.join(" ");
  return span;
}

function paint(span, classes, property, color, prefix) {
  if (color === undefined) {
    return;
  }
  if (NAMED_COLOR.test(color)) {
    classes.push(`${prefix}-${color}`);
  } else {
    span.style[property] = color; // through the object model: the page's policy forbids style attributes
  }
}
