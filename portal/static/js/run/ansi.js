/**
 * Turns terminal colors into pieces of text with a look. Supports SGR (colors and weight); every other escape
 * sequence is removed. It never makes HTML: pieces are set through `textContent`.
 */

// CSI sequences, OSC strings (title, hyperlinks) up to BEL or ST, two-character escapes, other controls but tab.
const ESCAPE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters
  /\u001b\[([0-9;:]*)m|\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-Z\\-_]?|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;
const BASIC = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const CUBE = [0, 95, 135, 175, 215, 255];

/** The text without any escape sequence. */
export function plain(text) {
  return text.replace(ESCAPE, "");
}

/** [{text, look}]: look has `color`, `background` (a name of ours or rgb()), `bold`, `dim`, `italic`, `underline`. */
export function pieces(text) {
  const found = [];
  let look = {};
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    push(found, text.slice(at, match.index), look);
    at = match.index + match[0].length;
    if (match[1] !== undefined) {
      look = after(look, match[1]);
    }
  }
  push(found, text.slice(at), look);
  return found;
}

function push(found, text, look) {
  if (text !== "") {
    found.push({ text, look });
  }
}

const SWITCHES = {
  1: { bold: true }, 2: { dim: true }, 3: { italic: true }, 4: { underline: true },
  22: { bold: false, dim: false }, 23: { italic: false }, 24: { underline: false },
  39: { color: undefined }, 49: { background: undefined },
};

function after(look, parameters) {
  const codes = parameters.split(/[;:]/).map((code) => Number(code || 0));
  let next = { ...look };
  while (codes.length > 0) {
    const code = codes.shift();
    if (code === 0) {
      next = {};
    } else if (code === 38 || code === 48) {
      next[code === 38 ? "color" : "background"] = extended(codes);
    } else {
      next = { ...next, ...(SWITCHES[code] ?? basic(code)) };
    }
  }
  return next;
}

function basic(code) {
  const [tens, unit] = [Math.floor(code / 10), code % 10];
  if (unit > 7) {
    return {};
  }
  const name = { 3: "color", 9: "color", 4: "background", 10: "background" }[tens];
  return name === undefined ? {} : { [name]: (tens >= 9 ? "bright-" : "") + BASIC[unit] };
}

function extended(codes) {
  const kind = codes.shift();
  if (kind === 2) {
    const [red, green, blue] = codes.splice(0, 3).map((part) => Math.min(255, part || 0));
    return `rgb(${red ?? 0} ${green ?? 0} ${blue ?? 0})`;
  }
  return kind === 5 ? indexed(codes.shift() ?? 0) : undefined;
}

function indexed(number) {
  if (number < 16) {
    return (number > 7 ? "bright-" : "") + BASIC[number % 8];
  }
  if (number >= 232) {
    const grey = Math.min(255, 8 + (number - 232) * 10);
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const cube = number - 16;
  const parts = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((part) => CUBE[part]);
  return `rgb(${parts.join(" ")})`;
}
