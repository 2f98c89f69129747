import { ask, byId, make, show } from "./dom.js";

const SETTLED = new Set(["available", "active", "running", "healthy"]);
const WRONG = new Set(["failed", "unhealthy", "unavailable", "unused"]);

export async function lookAtAccount() {
  const [{ resources }, account] = await Promise.all([ask("resources"), ask("account")]);
  showAbout(account);
  const kinds = [...new Set(resources.map((each) => each.kind))];
  show(byId("tiles"), kinds.map((kind) => tile(kind, resources.filter((each) => each.kind === kind))));
  const busy = resources.filter((each) => tone(each.status) === "busy").length;
  byId("account-sum").textContent = resources.length === 0
    ? "Nothing yet: order an environment in the portal."
    : busy ? `${busy} under way` : "Everything is there.";
  byId("all-resources").hidden = resources.length === 0;
  byId("resource-count").textContent = `${resources.length}`;
  show(byId("resources"), resources.map(line));
  return resources;
}

function showAbout(account) {
  const began = new Date(account.began_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const kept = account.snapshot_error ? `not kept: ${account.snapshot_error}` : "kept on disk";
  byId("about").textContent = `Began ${began}, ${kept}`;
}

function tone(status) {
  if (SETTLED.has(status)) return "ok";
  return WRONG.has(status) ? "bad" : "busy";
}

function tile(kind, found) {
  const tones = found.map((each) => tone(each.status));
  const worst = ["bad", "busy"].find((each) => tones.includes(each)) ?? "ok";
  const shown = [...new Set(found.filter((each) => tone(each.status) === worst).map((each) => each.status))];
  const count = found.filter((each) => tone(each.status) === worst).length;
  const state = worst === "ok" ? shown.join(", ") : `${count} ${shown.join(", ")}`;
  return make("li", { tone: worst }, make("span", { className: "small muted" }, kind),
    make("span", { className: "count" }, `${found.length}`), make("span", { className: "state" }, state));
}

function line(each) {
  const why = each.why ? ` · ${each.why}` : "";
  return make("tr", {}, make("td", {}, each.kind), make("td", {}, make("code", {}, each.id)), make("td", {}, each.name),
    make("td", {}, make("span", { className: "chip", tone: tone(each.status), title: each.description ?? "" }, each.status + why)));
}
