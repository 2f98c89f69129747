/**
 * The run from its events: `apply(model, event)` for each, in order, gives what the page shows.
 * No DOM, no clock: the same events give the same model, live or replayed.
 */

import * as resources from "./resource_model.js";

export const PHASES = ["queue", "init", "plan", "approval", "apply", "output"];
export const FINAL = new Set(["applied", "unchanged", "discarded", "expired", "cancelled", "failed"]);
const LOST = new Set(["failed", "cancelled", "discarded", "expired", "needs_attention"]);

/** The model before the first event. */
export function empty() {
  return {
    cursor: 0,
    status: "",
    reason: "",
    phase: "",
    /** name -> {name, from, to}; times in ms since the epoch, `to` undefined while it lasts. */
    phases: new Map(),
    /** address -> see resource_model.js */
    resources: new Map(),
    /** addresses of resources that were deleted outside the portal */
    gone: new Set(),
    summary: undefined,
    diagnostics: [],
    outputs: {},
    steps: [],
    firstAt: undefined,
    lastAt: undefined,
    endedAt: undefined,
    applyFrom: undefined,
    stopAskedAt: undefined,
  };
}

/** Take one event into the model. Returns the model. */
export function apply(model, event) {
  const at = Date.parse(event.at);
  model.cursor = event.seq;
  model.firstAt ??= at;
  // Terraform's clock and the portal's differ slightly; time on the page never runs backwards.
  model.lastAt = Math.max(model.lastAt ?? at, at);
  enterPhase(model, event.phase, at);
  READERS[family(event.type)]?.(model, event, at);
  return model;
}

/** The model of a complete event log. */
export function replay(events) {
  return events.reduce(apply, empty());
}

function family(type) {
  return /^(apply|refresh)_/.test(type) ? "resource" : type;
}

function enterPhase(model, name, at) {
  if (name === model.phase || !PHASES.includes(name)) {
    return;
  }
  endPhase(model, at);
  model.phase = name;
  const known = model.phases.get(name);
  if (known === undefined) {
    model.phases.set(name, { name, from: at, to: undefined });
  } else {
    known.to = undefined;
  }
}

function endPhase(model, at) {
  const current = model.phases.get(model.phase);
  if (current !== undefined && current.to === undefined) {
    current.to = Math.max(current.from, at);
  }
}

const READERS = {
  status: readStatus,
  planned_change: resources.plan,
  resource_drift: (model, event) => resources.noteDrift(model, event),
  resource: resources.progress,
  change_summary: (model, event) => {
    model.summary = event.data;
  },
  diagnostic: readDiagnostic,
  text: (model, event) => event.level === "error" && readDiagnostic(model, event),
  unsupported: readDiagnostic,
  outputs: (model, event) => {
    model.outputs = event.data.outputs ?? {};
  },
  step_end: (model, event, at) => model.steps.push({ ...event.data, at }),
  stop_asked: (model, _event, at) => {
    model.stopAskedAt ??= at;
  },
};

function readStatus(model, { data, message }, at) {
  model.status = data.to;
  model.reason = data.reason ?? "";
  model.statusMessage = message;
  if (data.to === "applying") {
    model.applyFrom = at;
  }
  if (FINAL.has(data.to) || data.to === "needs_attention") {
    endPhase(model, at);
    model.endedAt ??= at;
    resources.end(model, at, { isLost: LOST.has(data.to), isApplied: data.to === "applied" });
  }
}

function readDiagnostic(model, event) {
  const { summary, detail, address, filename, line, snippet } = event.data;
  model.diagnostics.push({
    seq: event.seq,
    level: event.level,
    summary: summary ?? event.message,
    detail: detail ?? "",
    address: address ?? event.resource,
    place: filename ? `${filename}${line ? `:${line}` : ""}` : "",
    code: snippet?.code?.trim() ?? "",
  });
  resources.blame(model, event);
}

/**
 * What each phase is now: [{name, state, from, to}].
 * `state`: waiting, running, done, failed, skipped.
 */
export function phases(model) {
  const isOver = model.endedAt !== undefined;
  return PHASES.map((name) => {
    const known = model.phases.get(name);
    if (known === undefined) {
      const isPassed = PHASES.indexOf(name) < PHASES.indexOf(model.phase);
      return { name, state: isOver || isPassed ? "skipped" : "waiting" };
    }
    return { ...known, state: stateOf(model, known, isOver) };
  });
}

function stateOf(model, phase, isOver) {
  if (!isOver) {
    return phase.name === model.phase ? "running" : "done";
  }
  return phase.name === model.phase && LOST.has(model.status) ? "failed" : "done";
}

/** How far the apply is: counts of resources by state, and those that are in flight, oldest first. */
export function progress(model) {
  const counts = { total: 0, done: 0, failed: 0, running: 0, pending: 0, unfinished: 0 };
  const inFlight = [];
  for (const resource of model.resources.values()) {
    if (resource.action === "read") {
      continue;
    }
    counts.total += 1;
    counts[resource.state] += 1;
    if (resource.state === "running") {
      inFlight.push(resource);
    }
  }
  inFlight.sort((a, b) => a.from - b.from);
  return { ...counts, inFlight };
}

/** What the plan does, the dangerous first: {destroy, replace, change, add, forget, read: [resource]}. */
export function planOf(model) {
  const groups = { destroy: [], replace: [], change: [], add: [], forget: [], read: [] };
  for (const resource of model.resources.values()) {
    if (resource.isPlanned) {
      groups[resources.GROUPS[resource.action] ?? "read"].push(resource);
    }
  }
  return groups;
}
