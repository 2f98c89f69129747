import { act, ask, byId, make } from "./dom.js";

const rows = new Map(); // by name of a known fault, by id of any other
let on = [];

export async function lookAtFaults(look) {
  const { faults, known } = await ask("faults");
  on = faults;
  if (rows.size === 0) {
    byId("faults").append(group("Your own", []), ...groups(known, look));
    find();
  }
  showOwn(faults.filter((fault) => !known.some((each) => each.name === fault.name)), look);
  for (const each of known) mark(rows.get(each.name), faults.find((fault) => fault.name === each.name));
  return faults.filter((fault) => fault.remaining !== 0).length;
}

function groups(known, look) {
  const titles = [...new Set(known.map((each) => each.group))];
  return titles.map((title) => group(title, known.filter((each) => each.group === title).map((each) => row(each, look))));
}

function group(title, children) {
  return make("div", { className: "group", hidden: children.length === 0, "data-title": title }, make("h3", {}, title), ...children);
}

function row(fault, look) {
  const toggle = make("input", { type: "checkbox", className: "switch", role: "switch", "aria-label": fault.title });
  toggle.addEventListener("change", () => act(() => turn(fault, toggle.checked), toggle.checked ? `On: ${fault.title}` : `Off: ${fault.title}`, look));
  const element = make("label", { className: "fault", title: fault.message },
    toggle,
    make("span", { className: "what" },
      make("span", { className: "title" }, fault.title), ...(fault.code ? [" ", make("code", {}, fault.code)] : []),
      make("span", { className: "effect" }, fault.effect ?? `${fault.service} ${fault.action}: ${fault.message}`)),
    make("span", { className: "count" }));
  element.dataset.words = `${fault.title} ${fault.code} ${fault.effect ?? ""} ${fault.group ?? ""} ${fault.name}`.toLowerCase();
  rows.set(fault.effect ? fault.name : fault.id, element);
  return element;
}

function turn(fault, wanted) {
  if (!wanted) return Promise.all(on.filter((each) => each.id === fault.id || each.name === fault.name).map((each) => ask(`faults/${each.id}`, { method: "DELETE" })));
  return ask("faults", { method: "POST", content: { name: fault.name, ...often() } });
}

function often() {
  const chosen = byId("times").value;
  if (chosen === "") return {};
  return { times: chosen === "off" ? null : Number(chosen) };
}

function mark(element, fault) {
  const spent = fault?.remaining === 0;
  element.querySelector("input").checked = Boolean(fault);
  element.classList.toggle("is-on", Boolean(fault));
  element.classList.toggle("is-spent", spent);
  const hits = fault?.hits ? `struck ${fault.hits}×` : "not struck yet";
  const left = spent ? ", used up" : fault?.remaining ? `, ${fault.remaining} left` : "";
  const count = element.querySelector(".count");
  const text = fault ? hits + left : "";
  if (count.textContent !== text) count.replaceChildren(...(text ? [make("span", { className: "chip", tone: spent ? "" : "bad" }, text)] : []));
}

function showOwn(faults, look) {
  const place = document.querySelector('[data-title="Your own"]');
  for (const element of place.querySelectorAll(".fault")) {
    if (!faults.some((fault) => fault.id === element.dataset.id)) element.remove();
  }
  for (const fault of faults) {
    if (![...place.querySelectorAll(".fault")].some((element) => element.dataset.id === fault.id)) {
      const element = row({ ...fault, title: `${fault.service} ${fault.action}`, effect: undefined }, look);
      element.dataset.id = fault.id;
      place.append(element);
    }
    mark(rows.get(fault.id), fault);
  }
  place.hidden = faults.length === 0;
}

function find() {
  const wanted = byId("find").value.trim().toLowerCase().split(/\s+/);
  let found = 0;
  for (const each of document.querySelectorAll(".group")) {
    const elements = [...each.querySelectorAll(".fault")];
    for (const element of elements) element.hidden = !wanted.every((word) => element.dataset.words.includes(word));
    each.hidden = elements.every((element) => element.hidden);
    found += elements.filter((element) => !element.hidden).length;
  }
  byId("no-fault").hidden = found > 0;
}

export function prepareFaults(look) {
  byId("find").addEventListener("input", find);
  byId("own").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    act(async () => {
      await ask("faults", { method: "POST", content: { ...given, status: Number(given.status), ...often() } });
      event.target.reset();
    }, `On: ${given.service} ${given.action}`, look);
  });
}
