import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { forecast } from "../../../portal/static/js/run/forecast.js";

const START = 1_000_000;
const KNOWN = {
  dependencies: { "t.subnet": ["t.vpc"], "t.db": ["t.group"], "t.group": ["t.subnet"], "t.note": ["t.db"] },
  usual: { create: { "t.vpc": 10, "t.subnet": 1, "t.group": 2, "t.db": 80, "t.note": 1 }, delete: { t: 5 } },
};

/** `make({"t.vpc": "done 0 12", "t.db": "running 15", "t.note": "pending"})`: seconds since the start. */
function make(resources, { action = "create", endedAt } = {}) {
  const found = new Map(Object.entries(resources).map(([address, words]) => {
    const [state, from, to] = words.split(" ");
    const at = (seconds) => (seconds === undefined ? undefined : START + Number(seconds) * 1000);
    return [address, { address, action, type: "t", state, from: at(from), to: at(to) }];
  }));
  return { resources: found, endedAt: endedAt === undefined ? undefined : START + endedAt * 1000 };
}
const at = (seconds) => START + seconds * 1000;
const inSeconds = (ms) => (ms - START) / 1000;

describe("the forecast", () => {
  const half = make({ "t.vpc": "done 0 12", 't.subnet["a"]': "running 12", "t.group": "pending", "t.db": "pending", "t.note": "pending" });

  it("adds up usual times of resources that depend on each other", () => {
    const { of, endsAt } = forecast(half, KNOWN, at(12.5));

    assert.equal(inSeconds(of.get("t.db").from), 15);
    assert.equal(inSeconds(endsAt), 96);
  });

  it("says which resources a resource waits for, the last one first", () => {
    const { of } = forecast(half, KNOWN, at(12.5));

    assert.deepEqual(of.get("t.group").waitsFor, ['t.subnet["a"]']);
    assert.deepEqual(of.get("t.note").waitsFor, ["t.db"]);
    assert.deepEqual(of.get("t.vpc").waitsFor, []);
  });

  it("names the critical path", () => {
    const model = make({ "t.vpc": "done 0 12", "t.subnet": "done 12 13", "t.group": "done 13 15", "t.db": "done 15 95",
      "t.note": "done 95 96", "t.other": "done 0 40" }, { endedAt: 96 });

    assert.deepEqual(forecast(model, KNOWN, at(500)).chain, ["t.vpc", "t.subnet", "t.group", "t.db", "t.note"]);
  });

  it("moves with the clock if a resource takes longer than usual, and says by how much", () => {
    const model = make({ "t.vpc": "done 0 12", "t.db": "running 15", "t.note": "pending" });

    const { of, endsAt } = forecast(model, KNOWN, at(15 + 160));

    assert.equal(of.get("t.db").slower, 2);
    assert.equal(inSeconds(endsAt), 15 + 160 + 1);
    assert.equal(of.get("t.vpc").slower, undefined);
  });

  it("measures a resource by its own times only, not by those of its type", () => {
    const known = { ...KNOWN, usual: { create: { t: 1 } } };

    const { of } = forecast(make({ "t.unknown": "running 0" }), known, at(100));

    assert.equal(of.get("t.unknown").usual, 1000);
    assert.equal(of.get("t.unknown").slower, undefined);
  });

  it("has no end if a time is not known", () => {
    const { of, endsAt } = forecast(make({ "t.vpc": "running 0", "u.new": "pending" }), KNOWN, at(1));

    assert.equal(of.get("u.new").usual, undefined);
    assert.equal(endsAt, undefined);
  });

  it("follows dependencies through unchanged resources", () => {
    const { of } = forecast(make({ "t.vpc": "running 0", "t.db": "pending" }), KNOWN, at(1));

    assert.deepEqual(of.get("t.db").waitsFor, ["t.vpc"]);
  });

  it("reverses the order of destroyed resources, and uses times by type", () => {
    const { of, endsAt } = forecast(make({ "t.vpc": "pending", "t.subnet": "running 0" }, { action: "delete" }), KNOWN, at(1));

    assert.deepEqual(of.get("t.vpc").waitsFor, ["t.subnet"]);
    assert.equal(inSeconds(endsAt), 10);
  });

  it("counts both parts of a replacement", () => {
    const { of } = forecast(make({ "t.db": "pending" }, { action: "replace" }), KNOWN, at(0));

    assert.equal(of.get("t.db").usual, 85_000);
  });

  it("expects nothing of resources that were not started when the run ends", () => {
    const { of } = forecast(make({ "t.vpc": "failed 0 5", "t.db": "pending" }, { endedAt: 5 }), KNOWN, at(50));

    assert.deepEqual([of.get("t.db").from, of.get("t.db").to], [undefined, undefined]);
  });

  it("ends if the blueprint's dependencies form a circle, and without any", () => {
    const circle = { dependencies: { "t.a": ["t.b"], "t.b": ["t.a"] }, usual: { create: { t: 1 } } };

    assert.equal(forecast(make({ "t.a": "pending", "t.b": "pending" }), circle, at(0)).of.size, 2);
    assert.deepEqual(forecast(make({}), { dependencies: {}, usual: {} }, at(0)).chain, []);
  });
});
