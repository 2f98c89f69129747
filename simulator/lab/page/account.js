import { byId, createElement, replaceIfChanged, request } from "./dom.js";

const READY = new Set(["available", "active", "running", "healthy"]);
const BROKEN = new Set(["failed", "unhealthy", "unavailable", "unused"]);

export async function refreshAccount() {
  const [{ resources }, account] = await Promise.all([request("resources"), request("account")]);
  showIdentity(account);
  const kinds = [...new Set(resources.map((each) => each.kind))];
  replaceIfChanged(byId("tiles"), kinds.map((kind) => tile(kind, resources.filter((each) => each.kind === kind))));
  const changing = resources.filter((each) => tone(each.status) === "busy").length;
  byId("account-summary").textContent = resources.length === 0
    ? "None yet. Order an environment in the portal."
    : changing ? `${changing} changing` : "No resource is changing.";
  byId("all-resources").hidden = resources.length === 0;
  byId("resource-count").textContent = `${resources.length}`;
  replaceIfChanged(byId("resources"), resources.map(tableRow));
  return resources;
}

function showIdentity(account) {
  const began = new Date(account.began_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const state = account.snapshot_error ? `not saved: ${account.snapshot_error}` : "saved on disk";
  byId("identity").textContent = `Created ${began}, ${state}`;
}

function tone(status) {
  if (READY.has(status)) return "ok";
  return BROKEN.has(status) ? "bad" : "busy";
}

function tile(kind, resources) {
  const tones = resources.map((each) => tone(each.status));
  const worst = ["bad", "busy"].find((each) => tones.includes(each)) ?? "ok";
  const relevant = resources.filter((each) => tone(each.status) === worst);
  const statuses = [...new Set(relevant.map((each) => each.status))].join(", ");
  const summary = relevant.length === resources.length ? statuses : `${relevant.length} ${statuses}`;
  return createElement("li", { tone: worst }, createElement("span", { className: "small muted" }, kind),
    createElement("span", { className: "count" }, `${resources.length}`), createElement("span", { className: "state" }, summary));
}

function tableRow(each) {
  const reason = each.why ? ` · ${each.why}` : "";
  return createElement("tr", {},
    createElement("td", {}, each.kind), createElement("td", {}, createElement("code", {}, each.id)), createElement("td", {}, each.name),
    createElement("td", {}, createElement("span", { className: "chip", tone: tone(each.status), title: each.description ?? "" }, each.status + reason)));
}
