import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { pieces, plain } from "../../../portal/static/js/run/ansi.js";
import { Heights } from "../../../portal/static/js/run/heights.js";
import { LogLines, textOf } from "../../../portal/static/js/run/log_lines.js";
import { compile, marksIn } from "../../../portal/static/js/run/log_query.js";
import { nextIndex } from "../../../portal/static/js/run/toolbar.js";
import { duration, markName, marks, roundUp, ticking } from "../../../portal/static/js/run/times.js";

let seq = 0;
const event = (message, more = {}) => {
  seq += 1;
  return { seq, at: "2026-01-01T00:00:00Z", phase: "apply", type: "log", level: "info", message, resource: "", data: {}, ...more };
};
const beat = (resource, seconds) => event(`${resource}: Still creating... [${seconds}s elapsed]`, { type: "apply_progress", resource });

function logOf(...events) {
  const log = new LogLines();
  log.append(events);
  return log;
}
const seen = (log) => log.visible.map((index) => log.shown(log.lines[index]).text);
function change(log, filter) {
  log.change(filter);
  return [...log.walk()].length;
}

describe("the log's lines", () => {
  it("fold the heartbeats of a resource into the latest one", () => {
    const log = logOf(event("a: Creating..."), beat("a", 10), beat("b", 10), beat("a", 20));

    assert.deepEqual(seen(log), ["a: Creating...", "a: Still creating... [20s elapsed]", "b: Still creating... [10s elapsed]"]);
    change(log, { areBeatsFolded: false });
    assert.equal(log.visible.length, 4);
  });

  it("do not fold output of provisioners", () => {
    const says = (text) => event(`a (local-exec): ${text}`, { type: "provision_progress", resource: "a" });
    const log = logOf(says("working 1"), says("working 2"));

    change(log, { query: "working" });

    assert.equal(log.visible.length, 2);
    assert.equal(log.matches.length, 2);
  });

  it("know whether the filter shows a line", () => {
    const [first, second] = [beat("a", 10), beat("a", 20)];
    const log = logOf(first, second);

    assert.deepEqual([log.isVisible(first.seq), log.isVisible(second.seq)], [true, false]);
    change(log, { areBeatsFolded: false });
    assert.equal(log.isVisible(second.seq), true);
  });

  it("start a new heartbeat line after the resource has ended", () => {
    const log = logOf(beat("a", 10), event("a: done", { type: "apply_complete", resource: "a" }), beat("a", 10));

    assert.equal(log.visible.length, 3);
  });

  it("show lines that match level, phase and search, and where they match", () => {
    const log = logOf(event("one"), event("two", { level: "error" }), event("One more", { phase: "plan" }));

    change(log, { query: "one" });
    assert.deepEqual([log.visible.length, log.matches], [3, [0, 2]]);
    change(log, { isOnlyMatches: true });
    assert.deepEqual(seen(log), ["one", "One more"]);
    change(log, { phase: "plan" });
    assert.deepEqual(seen(log), ["One more"]);
    change(log, { query: "", phase: "", isOnlyMatches: false, level: "error" });
    assert.deepEqual(seen(log), ["two"]);
  });

  it("show lines that arrive during a search exactly once", () => {
    const log = new LogLines();
    log.append(Array.from({ length: 9000 }, (_, index) => event(`line ${index}`)));
    log.change({ query: "line" });
    const walk = log.walk();
    walk.next();

    log.append([event("line late")]);
    [...walk];

    assert.equal(log.visible.length, 9001);
    assert.equal(log.matches.length, 9001);
  });

  it("are limited, and count the dropped ones", () => {
    const log = new LogLines({ limit: 100 });

    for (let round = 0; round < 30; round += 1) {
      log.append(Array.from({ length: 10 }, () => event("x")));
    }

    assert.ok(log.lines.length <= 100);
    assert.equal(log.dropped, log.lines[0].seq - 1);
  });

  it("show a diagnostic like Terraform's own output", () => {
    const text = textOf(event("Error: no", { type: "diagnostic", data: { address: "t.a", filename: "main.tf", line: 3,
      snippet: { context: 'resource "t" "a"', code: "  x = 1" }, detail: "Because.\nReally." } }));

    assert.deepEqual(text.split("\n"), ["Error: no", "  with t.a,", '  on main.tf line 3, in resource "t" "a":', "    x = 1", "  Because.", "  Really."]);
  });
});

describe("a search", () => {
  it("accepts words, patterns between slashes, and fields", () => {
    const line = { text: "a.b (c) 42", level: "error", resource: "aws_vpc.this", phase: "apply", type: "log" };

    assert.equal(compile("A.B (C)").test(line), true);
    assert.equal(compile("axb").test(line), false);
    assert.equal(compile("/\\d+$/").test(line), true);
    assert.equal(compile("@level:error @resource:aws_vpc 42").test(line), true);
    assert.equal(compile("@level:warn 42").test(line), false);
    assert.equal(compile("/(/").isBroken, true);
  });

  it("marks each match, and never an empty one", () => {
    assert.deepEqual(marksIn(compile("ab"), "abxAB"), [{ from: 0, to: 2 }, { from: 3, to: 5 }]);
    assert.deepEqual(marksIn(compile("/x*/"), "axb"), [{ from: 1, to: 2 }]);
  });
});

describe("terminal colors", () => {
  it("become parts with a style", () => {
    assert.deepEqual(pieces("a\u001b[1;31mb\u001b[0mc"), [
      { text: "a", look: {} }, { text: "b", look: { bold: true, color: "red" } }, { text: "c", look: {} }]);
    assert.equal(pieces("\u001b[38;5;208mx")[0].look.color, "rgb(255 135 0)");
    assert.equal(pieces("\u001b[38;2;1;2;300mx")[0].look.color, "rgb(1 2 255)");
    assert.equal(pieces("\u001b[97;44mx")[0].look.background, "blue");
  });

  it("lose every other escape, complete or not", () => {
    assert.equal(plain("a\u001b[2Kb\u001b]8;;http://x\u0007link\u001b]8;;\u0007\u001b[?25lc\u001b"), "ablinkc");
    assert.equal(plain("tab\tstays <b>as</b> it is"), "tab\tstays <b>as</b> it is");
  });
});

describe("the heights of rows", () => {
  it("equal a plain sum, whichever rows were measured", () => {
    const heights = new Heights(20);
    const real = Array.from({ length: 3000 }, (_, index) => (index % 7 === 0 ? 60 : 20));
    heights.setCount(1000);
    real.forEach((height, index) => {
      if (index === 1500) {
        heights.setCount(3000);
      }
      heights.measure(index, height);
    });
    heights.setCount(3000);

    let top = 0;
    real.forEach((height, index) => {
      assert.equal(heights.top(index), top);
      assert.equal(heights.at(top), index);
      assert.equal(heights.at(top + height - 1), index);
      top += height;
    });
    assert.equal(heights.total(), top);
  });
});

describe("times", () => {
  it("look like those on other pages", () => {
    assert.deepEqual([duration(420), duration(12_300), duration(65_000), ticking(3_725_000)], ["0.4 s", "12 s", "1 min 05 s", "1 h 2 min"]);
  });

  it("are short on an axis", () => {
    assert.deepEqual([5000, 90_000, 3_900_000].map(markName), ["0:05", "1:30", "1:05:00"]);
  });

  it("give an axis that is long enough", () => {
    for (const ms of [1, 4000, 61_000, 3_599_000, 9_000_000]) {
      assert.ok(roundUp(ms) >= ms);
      assert.ok(marks(roundUp(ms), 6).length <= 8);
    }
  });
});

describe("a toolbar", () => {
  it("moves around its ends with the arrow keys, and leaves other keys alone", () => {
    const moves = [["ArrowRight", 3], ["ArrowLeft", 0], ["Home", 2], ["End", 0], ["Tab", 1]];

    assert.deepEqual(moves.map(([key, index]) => nextIndex(key, index, 4)), [0, 3, 0, 3, -1]);
  });
});
