/**
 * What a person types into the search: words to find, `/a regular expression/`, and
 * `@level:error`, `@resource:aws_db_instance`, `@phase:apply`, `@type:diagnostic`, which all must hold.
 */

const FIELD = /(?:^|\s)@(level|resource|phase|type):(\S+)/g;
const SPECIAL = /[.*+?^${}()|[\]\\]/g;

/** {isEmpty, isBroken, test(line), pattern}: `pattern` (global) finds what to mark within a line. */
export function compile(query) {
  const fields = [...query.matchAll(FIELD)].map(([, name, value]) => [name, value.toLowerCase()]);
  const words = query.replace(FIELD, " ").trim();
  const { pattern, isBroken } = patternOf(words);
  const tester = pattern && new RegExp(pattern.source, "i");
  return {
    isEmpty: (words === "" || isBroken) && fields.length === 0,
    isBroken,
    pattern,
    test: (line) =>
      fields.every(([name, value]) => (line[name] ?? "").toLowerCase().includes(value))
      && (tester === undefined || tester.test(line.text)),
  };
}

function patternOf(words) {
  if (words === "") {
    return { pattern: undefined, isBroken: false };
  }
  const expression = /^\/(.+)\/$/.exec(words);
  try {
    const source = expression ? expression[1] : words.replace(SPECIAL, "\\$&");
    return { pattern: new RegExp(source, "gi"), isBroken: false };
  } catch {
    return { pattern: undefined, isBroken: true };
  }
}

/** [{from, to}] of what the query finds in a text; empty matches are left out. */
export function marksIn(query, text) {
  if (query.pattern === undefined) {
    return [];
  }
  const found = [];
  for (const match of text.matchAll(query.pattern)) {
    if (match[0] !== "") {
      found.push({ from: match.index, to: match.index + match[0].length });
    }
  }
  return found;
}
