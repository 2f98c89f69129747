import { act, ask, byId, make, offer, show } from "./dom.js";

let reasons = [];
let scripts = [];

export async function lookAtFindings(resources, look) {
  const [targets, consoles] = await Promise.all([ask("targets"), ask("consoles")]);
  [reasons, scripts] = [targets.known, consoles.known];
  const found = resources.filter((each) => each.kind === "Target");
  const groups = [...new Set(found.map((each) => each.name))];
  const form = byId("finding");
  offer(form.elements.target, [
    ["* *", "All targets"],
    ...groups.map((group) => [`${group} *`, `All of ${group}`]),
    ...found.map((each) => [`${each.name} ${each.id}`, `${each.id} in ${each.name}`]),
  ]);
  offer(form.elements.reason, reasons.map((each) => [each.reason, `${each.reason} (${each.state})`]));
  if (!form.elements.description.placeholder) describe();
  showSet("findings", targets.targets.map((each) => ({
    title: each.reason,
    about: `${place(each)}: ${each.description}`,
    path: `targets/${each.id}`,
  })), look);
  offerConsoles(resources, consoles, look);
  return targets.targets.length + Object.keys(consoles.consoles).length;
}

function place(finding) {
  if (finding.target !== "*") return finding.target;
  return finding.target_group === "*" ? "All targets" : `All of ${finding.target_group}`;
}

function offerConsoles(resources, consoles, look) {
  const form = byId("console");
  const instances = resources.filter((each) => each.kind === "Instance");
  offer(form.elements.instance, [["*", "All instances"], ...instances.map((each) => [each.id, `${each.id} ${each.name}`])]);
  offer(form.elements.script, [["", "Nothing"], ...scripts.map((each) => [each.script, each.title])]);
  showSet("consoles", Object.entries(consoles.consoles).map(([instance, text]) => ({
    title: instance === "*" ? "All instances" : instance,
    about: text.trimEnd().split("\n").pop(),
    path: `consoles/${encodeURIComponent(instance)}`,
  })), look);
}

function showSet(id, entries, look) {
  show(byId(id), entries.map((entry) => make("li", {},
    make("div", {}, make("strong", {}, entry.title), make("div", { className: "muted" }, entry.about)),
    make("button", { className: "button is-small", "data-path": entry.path, type: "button" }, "Take back"))));
  for (const button of byId(id).querySelectorAll("button")) {
    button.onclick = () => act(() => ask(button.dataset.path, { method: "DELETE" }), "Taken back.", look);
  }
}

function describe() {
  const { reason, description } = byId("finding").elements;
  description.placeholder = reasons.find((each) => each.reason === reason.value)?.description ?? "";
}

export function prepareFindings(look) {
  byId("finding").elements.reason.addEventListener("change", describe);
  byId("finding").addEventListener("submit", (event) => {
    event.preventDefault();
    const { target, reason, description } = event.target.elements;
    const [group, id] = target.value.split(" ");
    const content = { target_group: group, target: id, reason: reason.value };
    if (description.value) content.description = description.value;
    act(() => ask("targets", { method: "POST", content }), `Set: ${reason.value}`, look);
  });
  const { instance, script, text } = byId("console").elements;
  script.addEventListener("change", () => {
    text.value = scripts.find((each) => each.script === script.value)?.text ?? "";
  });
  byId("console").addEventListener("submit", (event) => {
    event.preventDefault();
    const path = `consoles/${encodeURIComponent(instance.value)}`;
    act(() => ask(path, { method: "PUT", content: { text: text.value } }), "The console says it now.", look);
  });
}
