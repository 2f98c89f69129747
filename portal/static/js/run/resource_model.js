/** The state of each resource from the events: planned, in flight, done, failed, and when. Part of model.js. */

import { gettext } from "../i18n.js";

/** Terraform's word for an action -> the group in the plan. */
export const GROUPS = {
  create: "add", update: "change", replace: "replace", delete: "destroy", forget: "forget", read: "read",
};
const doingWord = (action) => ({
  create: gettext("creating"),
  update: gettext("updating"),
  delete: gettext("destroying"),
  replace: gettext("replacing"),
  read: gettext("reading"),
})[action] ?? gettext("working");
const doneWord = (action) => ({
  create: gettext("created"),
  update: gettext("updated"),
  delete: gettext("destroyed"),
  replace: gettext("replaced"),
  read: gettext("read"),
})[action] ?? gettext("done");

/**
 * @typedef {object} Resource
 * @property {string} address
 * @property {string} type
 * @property {string} action  create, update, replace, delete, read, forget
 * @property {string} state  pending, running, done, failed, unfinished (in flight when the run ended)
 * @property {number} [from]  ms since the epoch
 * @property {number} [to]
 * @property {boolean} [neverBegun]  the run ended before it
 * @property {boolean} [neededNothing]  planned, and in the end without a change
 * @property {{action: string, from: number, to?: number, isFailed?: boolean}[]} segments  a replacement has two
 */

export function plan(model, { resource: address, data }) {
  if (address === "" || data.action === "noop") {
    return;
  }
  const resource = known(model, address, data);
  resource.action = data.action;
  const isGone = model.gone.has(address) && data.action === "create";
  // The same word as in provisioner/runs/event_queries.py: Terraform gives no reason here.
  resource.reason = isGone ? "create_because_deleted_outside" : data.reason ?? "";
  resource.isPlanned = true;
}

/** Only deletions: Terraform also reports every value that became known after the resource was created. */
export function noteDrift(model, { resource: address, data }) {
  if (data.action === "delete") {
    model.gone.add(address);
  }
}

export function progress(model, event, at) {
  const { type, resource: address, data } = event;
  if (address === "" || type.startsWith("refresh_")) {
    return;
  }
  const resource = known(model, address, data);
  resource.lastSeq = event.seq;
  if (data.id_value) {
    resource.id = data.id_value;
  }
  STEPS[type]?.(resource, at, data);
}

const STEPS = {
  apply_start: (resource, at, data) => {
    resource.from ??= at;
    resource.to = undefined;
    resource.state = "running";
    resource.segments.push({ action: data.action ?? resource.action, from: at });
  },
  apply_complete: (resource, at, data) => close(resource, at, data.action, "done"),
  apply_errored: (resource, at, data) => close(resource, at, data.action, "failed"),
};

function close(resource, at, action, state) {
  const open = resource.segments.find((part) => part.to === undefined && (!action || part.action === action));
  if (open !== undefined) {
    open.to = at;
    open.isFailed = state === "failed";
  }
  resource.from ??= at;
  resource.to = at;
  resource.state = state === "failed" ? "failed" : stateAfter(resource);
}

function stateAfter(resource) {
  if (resource.state === "failed" || resource.segments.some((part) => part.isFailed)) {
    return "failed";
  }
  if (resource.segments.some((part) => part.to === undefined)) {
    return "running";
  }
  // A replacement is done when both its halves are; between them nothing of it runs.
  const isHalf = resource.action === "replace" && resource.segments.length < 2;
  return isHalf ? "running" : "done";
}

/**
 * The run is over: what is still in flight was left so. A resource that a complete apply did not touch needed no
 * change: its planned change depended on a value that turned out to be the old one.
 */
export function end(model, at, { isLost, isApplied }) {
  for (const resource of model.resources.values()) {
    if (isApplied && resource.state === "pending") {
      resource.state = "done";
      resource.neededNothing = true;
    }
    resource.neverBegun = resource.state === "pending";
    if (resource.state === "running") {
      resource.state = isLost ? "unfinished" : "done";
      resource.to = at;
      for (const part of resource.segments.filter(({ to }) => to === undefined)) {
        part.to = at;
      }
    }
  }
}

/** An error names its resource: a click on the row leads to the error. */
export function blame(model, { resource: address, seq, level }) {
  const resource = model.resources.get(address);
  if (resource !== undefined && level === "error") {
    resource.errorSeq ??= seq;
  }
}

function known(model, address, data) {
  let resource = model.resources.get(address);
  if (resource === undefined) {
    resource = {
      address,
      type: data.resource_type ?? "",
      action: data.action ?? "create",
      state: "pending",
      order: model.resources.size,
      segments: [],
    };
    model.resources.set(address, resource);
  }
  resource.type ||= data.resource_type ?? "";
  return resource;
}

/** The word for the state of a resource: "creating", "created", "waiting", ... */
export function word(resource) {
  const current = resource.segments.findLast((part) => part.to === undefined)?.action ?? resource.action;
  return {
    pending: resource.neverBegun ? gettext("not started") : gettext("waiting"),
    running: doingWord(current),
    done: resource.neededNothing ? gettext("no change needed") : doneWord(resource.action),
    failed: gettext("failed"),
    unfinished: gettext("left in flight"),
  }[resource.state];
}
