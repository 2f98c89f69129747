import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";

import { linesOf } from "../../../portal/static/js/run/canonical.js";
import { Sha256 } from "../../../portal/static/js/run/sha256.js";

const lines = (text) => linesOf(text, JSON.parse(text));

describe("a canonical line", () => {
  it("has its keys sorted at every depth, and no spaces", () => {
    const text = '{"events": [{"b": {"z": 1, "a": [true, null]}, "a": "x"}]}';

    assert.deepEqual(lines(text), ['{"a":"x","b":{"a":[true,null],"z":1}}\n']);
  });

  it("keeps numbers as Python writes them if JavaScript would write them differently", () => {
    const text = '{"events":[{"d":1.0,"c":1e-07,"b":12345678901234567890,"a":-0.0}]}';

    assert.deepEqual(lines(text), ['{"a":-0.0,"b":12345678901234567890,"c":1e-07,"d":1.0}\n']);
  });

  it("sorts keys by code point, not by UTF-16 unit", () => {
    const text = JSON.stringify({ events: [{ "\u{1F600}": 1, "\uFFFD": 2 }] });

    assert.deepEqual(lines(text), ['{"\uFFFD":2,"\u{1F600}":1}\n']);
  });

  it("is the same however it was built", () => {
    const event = { message: "a \"quoted\" \\ back\tslash", data: { list: [], object: {}, n: -3 }, level: "info" };
    const even = lines(JSON.stringify({ events: [event] }));

    const uneven = lines(JSON.stringify({ events: [event, { x: 0.5 }] }));

    assert.equal(uneven[0], even[0]);
  });
});

describe("our SHA-256", () => {
  it("equals node's for every length around a block", () => {
    for (let length = 0; length < 200; length += 1) {
      const bytes = new Uint8Array(length).map((_, index) => (index * 7 + length) % 256);

      assert.equal(new Sha256().update(bytes).hex(), createHash("sha256").update(bytes).digest("hex"));
    }
  });

  it("does not depend on how the text was split, and can be read in between", () => {
    const digest = new Sha256();
    const pieces = ["", "a", "ü€😀", "x".repeat(1000), "\n"];

    for (const piece of pieces) {
      digest.update(piece).hex();
    }

    assert.equal(digest.hex(), createHash("sha256").update(pieces.join("")).digest("hex"));
  });
});
