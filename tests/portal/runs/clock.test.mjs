import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { afterEach, describe, it } from "node:test";

import { ServerClock } from "../../../portal/static/js/clock.js";
import { number, sentence, sentencePlural } from "../../../portal/static/js/i18n.js";

describe("the server's clock", () => {
  const realNow = Date.now;
  afterEach(() => {
    Date.now = realNow;
  });

  it("corrects a computer whose clock is wrong", () => {
    Date.now = () => 1_000_000;
    const clock = new ServerClock(760_000, { receivedAtMs: 1_000_000 });

    assert.equal(clock.now(), 760_000);
  });

  it("never runs backwards, though the computer's clock is set back", () => {
    Date.now = () => 1_000_000;
    const clock = new ServerClock(1_000_000, { receivedAtMs: 1_000_000 });
    clock.now();

    Date.now = () => 400_000;

    assert.equal(clock.now(), 1_000_000);
  });

  it("is not behind an event that has arrived", () => {
    Date.now = () => 1_000_000;
    const clock = new ServerClock(1_000_000, { receivedAtMs: 1_000_000 });

    clock.seen(1_005_000);

    assert.equal(clock.now(), 1_005_000);
  });
});

describe("times", () => {
  it("are in the reader's zone, which the exact time names", () => {
    const script = `
      import { dateAndTime, exactly, timeOfDay } from "../../../portal/static/js/clock.js";
      const at = Date.parse("2026-01-31T20:03:07Z");
      console.log([timeOfDay(at), dateAndTime(at), exactly(at)].join("|"));`;
    const read = (zone) => execFileSync(process.execPath, ["--input-type=module", "--eval", script],
      { cwd: import.meta.dirname, env: { ...process.env, TZ: zone }, encoding: "utf8" }).trim();

    assert.equal(read("Asia/Seoul"), "05:03:07|2026-02-01 05:03:07|2026-02-01 05:03:07 GMT+09:00 (Asia/Seoul)");
    assert.equal(read("UTC"), "20:03:07|2026-01-31 20:03:07|2026-01-31 20:03:07 GMT+00:00 (UTC)");
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
    assert.equal(number(12_345), "12,345");
  });

  it("come from the page's catalog", () => {
    globalThis.django = { gettext: (text) => `<${text}>`, ngettext: (one, more, count) => (count === 1 ? one : `<${more}>`) };

    assert.equal(sentence("Now: %(resources)s", { resources: "t.a" }), "<Now: t.a>");
    assert.equal(sentencePlural("%(count)s line", "%(count)s lines", 2), "<2 lines>");
  });
});
