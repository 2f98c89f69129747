// Target health and console output that people have set.

import { byId, createElement, replaceIfChanged, request, run, setOptions } from "./dom.js";

let reasons = [];
let scripts = [];

export async function refreshOverrides(resources, refresh) {
  const [targets, consoles] = await Promise.all([request("targets"), request("consoles")]);
  [reasons, scripts] = [targets.known, consoles.known];
  const found = resources.filter((each) => each.kind === "Target");
  const groups = [...new Set(found.map((each) => each.name))];
  const form = byId("health-form");
  setOptions(form.elements.target, [
    ["* *", "All targets"],
    ...groups.map((group) => [`${group} *`, `All of ${group}`]),
    ...found.map((each) => [`${each.name} ${each.id}`, `${each.id} in ${each.name}`]),
  ]);
  setOptions(form.elements.reason, reasons.map((each) => [each.reason, `${each.reason} (${each.state})`]));
  if (!form.elements.description.placeholder) showDefaultDescription();
  showList("health-overrides", targets.targets.map((each) => ({
    title: each.reason,
    about: `${targetOf(each)}: ${each.description}`,
    path: `targets/${each.id}`,
  })), refresh);
  refreshConsoles(resources, consoles, refresh);
  return targets.targets.length + Object.keys(consoles.consoles).length;
}

function targetOf(override) {
  if (override.target !== "*") return override.target;
  return override.target_group === "*" ? "All targets" : `All of ${override.target_group}`;
}

function refreshConsoles(resources, consoles, refresh) {
  const form = byId("console-form");
  const instances = resources.filter((each) => each.kind === "Instance");
  setOptions(form.elements.instance, [["*", "All instances"], ...instances.map((each) => [each.id, `${each.id} ${each.name}`])]);
  setOptions(form.elements.script, [["", "Empty text"], ...scripts.map((each) => [each.script, each.title])]);
  showList("consoles", Object.entries(consoles.consoles).map(([instance, text]) => ({
    title: instance === "*" ? "All instances" : instance,
    about: text.trimEnd().split("\n").pop(),
    path: `consoles/${encodeURIComponent(instance)}`,
  })), refresh);
}

function showList(id, entries, refresh) {
  replaceIfChanged(byId(id), entries.map((entry) => createElement("li", {},
    createElement("div", {}, createElement("strong", {}, entry.title), createElement("div", { className: "muted" }, entry.about)),
    createElement("button", { className: "button is-small", "data-path": entry.path, type: "button" }, "Remove"))));
  for (const button of byId(id).querySelectorAll("button")) {
    button.onclick = () => run(() => request(button.dataset.path, { method: "DELETE" }), "Removed.", refresh);
  }
}

function showDefaultDescription() {
  const { reason, description } = byId("health-form").elements;
  description.placeholder = reasons.find((each) => each.reason === reason.value)?.description ?? "";
}

export function setUpOverrides(refresh) {
  byId("health-form").elements.reason.addEventListener("change", showDefaultDescription);
  byId("health-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { target, reason, description } = event.target.elements;
    const [group, id] = target.value.split(" ");
    const content = { target_group: group, target: id, reason: reason.value };
    if (description.value) content.description = description.value;
    run(() => request("targets", { method: "POST", content }), `Target health set: ${reason.value}`, refresh);
  });
  const { instance, script, text } = byId("console-form").elements;
  script.addEventListener("change", () => {
    text.value = scripts.find((each) => each.script === script.value)?.text ?? "";
  });
  byId("console-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const path = `consoles/${encodeURIComponent(instance.value)}`;
    run(() => request(path, { method: "PUT", content: { text: text.value } }), "Console output set.", refresh);
  });
}
