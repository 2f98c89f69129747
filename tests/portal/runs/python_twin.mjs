// Reads frames of the socket as lines of JSON, and writes the lines that the browser would hash.
import { createInterface } from "node:readline";

import { linesOf } from "../../../portal/static/js/run/canonical.js";
import { Sha256 } from "../../../portal/static/js/run/sha256.js";

const digest = new Sha256();
const written = [];
for await (const text of createInterface({ input: process.stdin })) {
  for (const line of linesOf(text, JSON.parse(text))) {
    digest.update(line);
    written.push(line);
  }
}
process.stdout.write(JSON.stringify({ lines: written, sha256: digest.hex() }));
