import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { empty, apply, phases, planOf, progress, replay } from "../../../portal/static/js/run/model.js";
import { word } from "../../../portal/static/js/run/resource_model.js";

/** An event log whose events are one second apart. */
function logOf(...parts) {
  return parts.map((part, index) => ({
    seq: index + 1, at: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(), level: "info", message: "",
    resource: "", phase: "apply", type: "log", data: {}, ...part,
  }));
}

const status = (from, to, phase) => ({ type: "status", phase, data: { from, to, reason: "" } });
const planned = (resource, action) => ({ type: "planned_change", phase: "plan", resource, data: { action, resource_type: "t" } });
const hook = (type, resource, action) => ({ type, resource, data: { action, resource_type: "t" } });
const CREATE = [
  { phase: "queue", type: "portal" },
  status("queued", "planning", "init"),
  planned("t.a", "create"),
  planned("t.b", "create"),
  status("planned", "approved", "approval"),
  status("approved", "applying", "apply"),
  hook("apply_start", "t.a", "create"),
  hook("apply_start", "t.b", "create"),
  hook("apply_complete", "t.a", "create"),
];

describe("the model", () => {
  it("says that a resource is created again because it was deleted outside", () => {
    const drift = (resource, action) => ({ ...hook("resource_drift", resource, action), phase: "plan" });
    const model = replay(logOf(
      drift("t.a", "delete"), drift("t.b", "update"), drift("t.c", "delete"),
      planned("t.a", "create"), planned("t.b", "update"), planned("t.d", "create"),
    ));

    const reasons = [...model.resources.values()].map(({ address, reason }) => [address, reason]);

    assert.deepEqual(reasons, [["t.a", "create_because_deleted_outside"], ["t.b", ""], ["t.d", ""]]);
  });

  it("measures phases by the timestamps of events", () => {
    const model = replay(logOf(...CREATE));

    const [queue, init, plan, approval, run, output] = phases(model);

    assert.deepEqual([queue.state, init.state, plan.state, approval.state, run.state, output.state],
      ["done", "done", "done", "done", "running", "waiting"]);
    assert.equal(plan.to - plan.from, 2000);
  });

  it("counts finished resources and lists those in flight, the oldest first", () => {
    const model = replay(logOf(...CREATE));

    const { total, done, running, inFlight } = progress(model);

    assert.deepEqual([total, done, running], [2, 1, 1]);
    assert.deepEqual(inFlight.map(({ address }) => address), ["t.b"]);
  });

  it("leaves resources in flight when a run fails, and marks the phase as failed", () => {
    const model = replay(logOf(...CREATE, status("applying", "failed", "apply")));

    assert.equal(word(model.resources.get("t.b")), "left in flight");
    assert.equal(phases(model)[4].state, "failed");
    assert.equal(phases(model)[5].state, "skipped");
  });

  it("counts resources that a complete apply did not touch as done", () => {
    const before = [...CREATE, hook("apply_complete", "t.b", "create"), planned("t.c", "update")];
    const wordOf = (model) => word(model.resources.get("t.c"));

    const model = replay(logOf(...before, status("applying", "applied", "done")));
    const cut = replay(logOf(...before, status("applying", "failed", "apply")));

    assert.deepEqual([progress(model).total, progress(model).done], [3, 3]);
    assert.equal(wordOf(model), "no change needed");
    assert.equal(progress(cut).done, 2);
    assert.equal(wordOf(cut), "not started");
  });

  it("counts a replacement as done only after both parts", () => {
    const events = logOf(
      planned("t.a", "replace"), hook("apply_start", "t.a", "delete"), hook("apply_complete", "t.a", "delete"),
      hook("apply_start", "t.a", "create"), hook("apply_complete", "t.a", "create"),
    );

    const words = events.map((_, index) => word(replay(events.slice(0, index + 1)).resources.get("t.a")));

    assert.deepEqual(words, ["waiting", "destroying", "replacing", "creating", "replaced"]);
  });

  it("keeps a failed resource failed, with the event of its error", () => {
    const model = replay(logOf(
      planned("t.a", "create"), hook("apply_start", "t.a", "create"), hook("apply_errored", "t.a", "create"),
      { type: "diagnostic", level: "error", resource: "t.a", message: "Error: no",
        data: { severity: "error", summary: "no", filename: "main.tf", line: 3 } },
    ));

    assert.equal(model.resources.get("t.a").state, "failed");
    assert.equal(model.resources.get("t.a").errorSeq, 4);
    assert.equal(model.diagnostics[0].place, "main.tf:3");
  });

  it("lists destroyed resources first in the plan", () => {
    const model = replay(logOf(planned("t.a", "create"), planned("t.b", "delete"), planned("t.c", "replace")));

    assert.deepEqual(Object.keys(planOf(model)).slice(0, 2), ["destroy", "replace"]);
    assert.deepEqual(planOf(model).replace.map(({ address }) => address), ["t.c"]);
  });

  it("is the same after any interruption as without one", () => {
    const events = logOf(...CREATE, hook("apply_complete", "t.b", "create"), status("applying", "applied", "output"));
    const whole = replay(events);

    for (let cut = 0; cut <= events.length; cut += 1) {
      const model = events.slice(cut).reduce(apply, events.slice(0, cut).reduce(apply, empty()));

      assert.deepEqual(model, whole);
    }
  });

  it("treats an unknown type only as a line of the log", () => {
    const model = replay(logOf({ type: "something_new", data: { action: 1 } }));

    assert.equal(model.cursor, 1);
    assert.equal(model.resources.size, 0);
  });
});
