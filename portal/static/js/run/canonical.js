/**
 * An event as one canonical line, byte for byte what `provisioner.events.canonical_line` writes:
 * keys sorted by code point, no spaces, no ASCII escapes, a line feed at the end.
 *
 * Numbers are the trap: Python writes 1.0 and 1e-07 where JavaScript, once it has parsed them, can only
 * write 1 and 1e-7. So a text that holds such a number is rewritten token by token, its numbers untouched.
 */

const UNEVEN_NUMBER = /[:[,]\s*-?\d*(?:\d[.eE]|\d{16})/;
const SURROGATE = /[\ud800-\udfff]/;
const TOKEN = /\s*(?:([{}[\]:,])|("(?:[^"\\]|\\.)*")|([^\s{}[\]:,"]+))/y;

/** Canonical lines of the events in a frame's text. `frame` is that text, already parsed. */
export function linesOf(text, frame) {
  if (!UNEVEN_NUMBER.test(text)) {
    return frame.events.map((event) => `${write(event)}\n`);
  }
  return readFrame(text).get("events").map((event) => `${writeTokens(event)}\n`);
}

/** In the order of code points, as Python sorts. JavaScript compares UTF-16 units: U+1F600 before U+FFFD. */
function sorted(keys) {
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(byCodePoint) : keys.sort();
}

function byCodePoint(left, right) {
  const [a, b] = [[...left], [...right]];
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const difference = a[index].codePointAt(0) - b[index].codePointAt(0);
    if (difference !== 0) {
      return difference;
    }
  }
  return a.length - b.length;
}

function write(value) {
  if (Array.isArray(value)) {
    return `[${value.map(write).join(",")}]`;
  }
  if (value === null || typeof value !== "object") {
    return JSON.stringify(value);
  }
  const keys = sorted(Object.keys(value));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${write(value[key])}`).join(",")}}`;
}

/** The frame as Maps, arrays and texts already in their canonical form. */
function readFrame(text) {
  const tokens = tokensOf(text);
  return readValue(tokens, tokens.next().value);
}

function* tokensOf(text) {
  TOKEN.lastIndex = 0;
  // The pattern is shared and sticky: its place is kept here, because a caller may stop half-way.
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) {
      return;
    }
    at = TOKEN.lastIndex;
    yield found;
  }
}

function readValue(tokens, [, mark, string, literal]) {
  if (mark === "{") {
    return readObject(tokens);
  }
  if (mark === "[") {
    return readArray(tokens);
  }
  return string === undefined ? literal : JSON.stringify(JSON.parse(string));
}

function readObject(tokens) {
  const members = new Map();
  for (let token = tokens.next().value; token[1] !== "}"; token = tokens.next().value) {
    if (token[1] === ",") {
      continue;
    }
    tokens.next(); // the colon
    members.set(JSON.parse(token[2]), readValue(tokens, tokens.next().value));
  }
  return members;
}

function readArray(tokens) {
  const items = [];
  for (let token = tokens.next().value; token[1] !== "]"; token = tokens.next().value) {
    if (token[1] !== ",") {
      items.push(readValue(tokens, token));
    }
  }
  return items;
}

function writeTokens(value) {
  if (Array.isArray(value)) {
    return `[${value.map(writeTokens).join(",")}]`;
  }
  if (!(value instanceof Map)) {
    return value;
  }
  const keys = sorted([...value.keys()]);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${writeTokens(value.get(key))}`).join(",")}}`;
}
