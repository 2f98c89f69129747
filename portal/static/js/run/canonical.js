/**
 * An event as one canonical line, byte for byte what `provisioner.runs.events.canonical_line` writes:
 * keys sorted by code point, no spaces, no ASCII escapes, a line feed at the end.
 *
 * Numbers need care: Python writes 1.0 and 1e-07 where JavaScript, once it has parsed them, can only
 * write 1 and 1e-7. So a text that holds such a number is rewritten token by token, its numbers untouched.
 */

// A colon counts only after a key's quote: every timestamp has ":56.2" inside.
const UNEVEN_NUMBER = /(?:"\s*:|[[,])\s*-?\d*(?:\d[.eE]|\d{16})/;
const SURROGATE = /[\ud800-\udfff]/;
const TOKEN = /\s*(?:([{}[\]:,])|("(?:[^"\\]|\\.)*")|([^\s{}[\]:,"]+))/y;

/** Canonical lines of the events in a frame's text. `frame` is that text, already parsed. */
export function linesOf(text, frame) {
  if (!UNEVEN_NUMBER.test(text)) {
    return frame.events.map((event) => `${write(event)}\n`);
  }
  return readFrame(text).get("events").map((event) => `${writeTokens(event)}\n`);
}

/** Sorted keys by the keys as they came: the objects of a run have a few dozen shapes. */
const ORDERS = new Map();
const MOST_ORDERS = 2000;

/** [[key, its JSON]] in the order of code points, as Python sorts. */
function orderOf(keys) {
  const shape = JSON.stringify(keys); // a plain join would confuse ["a,b"] with ["a", "b"]
  let order = ORDERS.get(shape);
  if (order === undefined) {
    // JavaScript compares UTF-16 units: U+1F600 before U+FFFD.
    const sorted = SURROGATE.test(shape) ? keys.toSorted(byCodePoint) : keys.toSorted();
    order = sorted.map((key) => [key, `${JSON.stringify(key)}:`]);
    if (ORDERS.size < MOST_ORDERS) {
      ORDERS.set(shape, order);
    }
  }
  return order;
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
  if (value === null || typeof value !== "object") {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(write).join(",")}]`;
  }
  let text = "";
  for (const [key, head] of orderOf(Object.keys(value))) {
    text += (text === "" ? "" : ",") + head + write(value[key]);
  }
  return `{${text}}`;
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
  const members = orderOf([...value.keys()]).map(([key, head]) => head + writeTokens(value.get(key)));
  return `{${members.join(",")}}`;
}
