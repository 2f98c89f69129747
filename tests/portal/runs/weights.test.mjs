import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ahead, filled, shares } from "../../../portal/static/js/run/weights.js";

const resource = (address, state, more = {}) => ({ address, action: "create", state, ...more });
const modelOf = (...resources) => ({ resources: new Map(resources.map((each) => [each.address, each])) });
const expecting = (usual) => ({ of: new Map(Object.entries(usual).map(([address, ms]) => [address, { usual: ms }])) });

describe("the progress bar", () => {
  const usual = expecting({ "t.rule": 1000, "t.database": 79_000 });

  it("counts resources by their usual time", () => {
    const model = modelOf(resource("t.rule", "done"), resource("t.database", "pending"));

    assert.equal(shares(model, usual, 0).done, 1 / 80);
  });

  it("counts a running resource by its time so far, and never as done", () => {
    const model = modelOf(resource("t.rule", "done"), resource("t.database", "running", { from: 0 }));

    assert.equal(shares(model, usual, 39_500).running, 39.5 / 80);
    assert.ok(shares(model, usual, 500_000).running < 79 / 80);
  });

  it("never shrinks while resources run and end", () => {
    const model = modelOf(resource("t.rule", "pending"), resource("t.database", "running", { from: 0 }));
    const seen = [];
    for (let now = 0; now <= 90_000; now += 1000) {
      if (now === 20_000) {
        model.resources.get("t.rule").state = "done";
      }
      const { done, running } = shares(model, usual, now);
      seen.push(done + running);
    }

    assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
  });

  it("gives a resource without a known time the average of the others", () => {
    const model = modelOf(resource("t.rule", "done"), resource("t.new", "pending"));

    assert.equal(shares(model, usual, 0).done, 0.5);
  });

  it("counts all the same without any known time, and leaves out data sources", () => {
    const model = modelOf(resource("t.a", "done"), resource("t.b", "failed"),
      resource("t.c", "running", { from: 0 }), resource("t.d", "pending"), resource("t.e", "done", { action: "read" }));

    assert.deepEqual(shares(model, expecting({}), 9000), { done: 0.25, failed: 0.25, running: 0 });
  });

  it("stays where it is if there is more to do than planned", () => {
    const model = modelOf(resource("t.rule", "done"));
    const before = filled(shares(model, usual, 0));
    model.resources.set("t.database", resource("t.database", "pending"));

    const parts = ahead(shares(model, usual, 0), before);

    assert.equal(filled(parts), before);
    assert.equal(parts.done, 1 / 80);
  });

  it("does not go back when a resource in flight fails", () => {
    const model = modelOf(resource("t.rule", "done"), resource("t.database", "running", { from: 0 }));
    const before = filled(shares(model, usual, 39_500));
    model.resources.get("t.database").state = "failed";

    assert.ok(filled(ahead(shares(model, usual, 40_000), before)) >= before);
  });

  it("is empty without resources", () => {
    assert.deepEqual(shares(modelOf(), expecting({}), 0), { done: 0, failed: 0, running: 0 });
  });
});
