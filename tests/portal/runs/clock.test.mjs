import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, it } from "node:test";

import { ServerClock } from "../../../portal/static/js/clock.js";
import { number, sentence, sentencePlural } from "../../../portal/static/js/i18n.js";

/** A computer with a clock that can be set, and a counter that stops while it sleeps. */
class Computer {
  constructor() {
    Object.assign(this, { wallMs: 1_000_000, steadyMs: 5000 });
  }

  clock(serverMs) {
    return new ServerClock(serverMs, { receivedAtMs: 1_000_000, wall: () => this.wallMs, steady: () => this.steadyMs });
  }

  pass(ms) {
    this.wallMs += ms;
    this.steadyMs += ms;
  }
}

describe("the server's clock", () => {
  const computer = new Computer();
  beforeEach(() => Object.assign(computer, new Computer()));

  it("corrects a computer whose clock is wrong", () => {
    assert.equal(computer.clock(760_000).now(), 760_000);
  });

  it("runs on, and never backwards, if the computer's clock is set back", () => {
    const clock = computer.clock(1_000_000);
    computer.pass(1000);
    computer.wallMs = 400_000;

    const set = clock.now();
    computer.pass(3000);

    assert.deepEqual([set, clock.now()], [1_001_000, 1_004_000]);
  });

  it("counts the time in which the computer slept", () => {
    const clock = computer.clock(1_000_000);

    computer.wallMs += 600_000;

    assert.equal(clock.now(), 1_600_000);
  });

  it("is not behind an event that has arrived", () => {
    const clock = computer.clock(1_000_000);

    clock.seen(1_005_000);
    computer.pass(1000);

    assert.equal(clock.now(), 1_006_000);
  });

  it("is the computer's clock if the server's time is not known", () => {
    assert.equal(computer.clock(Number.NaN).now(), 1_000_000);
    assert.equal(new ServerClock(760_000, { receivedAtMs: Number.NaN, wall: () => 5, steady: () => 0 }).now(), 5);
  });
});

describe("times", () => {
  it("are in the reader's zone, which the exact time names", () => {
    const script = `
      import { dateAndTime, exactly, inReadersZone, timeOfDay } from "../../../portal/static/js/clock.js";
      const at = Date.parse("2026-01-31T20:03:07Z");
      console.log([timeOfDay(at), dateAndTime(at), exactly(at),
        inReadersZone("Since 23:53 UTC, until 2026-02-01 02:00:09 UTC.", at)].join("|"));`;
    const read = (zone) => execFileSync(process.execPath, ["--input-type=module", "--eval", script],
      { cwd: import.meta.dirname, env: { ...process.env, TZ: zone }, encoding: "utf8" }).trim();

    assert.deepEqual(read("Asia/Seoul").split("|"), ["05:03:07", "2026-02-01 05:03:07",
      "2026-02-01 05:03:07 GMT+09:00 (Asia/Seoul)", "Since 08:53 GMT+9, until 2026-02-01 11:00:09 GMT+9."]);
    assert.deepEqual(read("UTC").split("|").slice(0, 3),
      ["20:03:07", "2026-01-31 20:03:07", "2026-01-31 20:03:07 GMT+00:00 (UTC)"]);
  });
});

describe("texts", () => {
  afterEach(() => {
    delete globalThis.django;
  });

  it("are English without a catalog", () => {
    assert.equal(sentence("Now: %(resources)s", { resources: "t.a" }), "Now: t.a");
    assert.equal(sentencePlural("%(count)s line", "%(count)s lines", 1), "1 line");
    assert.equal(sentencePlural("%(count)s line", "%(count)s lines", 12_345), "12,345 lines");
    assert.deepEqual([number(12_345), number(0.42, 1)], ["12,345", "0.4"]);
  });

  it("come from the page's catalog", () => {
    globalThis.django = { gettext: (text) => `<${text}>`, ngettext: (one, more, count) => (count === 1 ? one : `<${more}>`) };

    assert.equal(sentence("Now: %(resources)s", { resources: "t.a" }), "<Now: t.a>");
    assert.equal(sentencePlural("%(count)s line", "%(count)s lines", 2), "<2 lines>");
  });
});
