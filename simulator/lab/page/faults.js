import { byId, createElement, request, run } from "./dom.js";

const CUSTOM = "Custom";
const rows = new Map(); // by name of a known fault, by id of a custom fault
let active = [];

export async function refreshFaults(refresh) {
  const { faults, known } = await request("faults");
  active = faults;
  if (rows.size === 0) {
    byId("faults").append(group(CUSTOM, []), ...groups(known, refresh));
    applySearch();
  }
  showCustom(faults.filter((fault) => !known.some((each) => each.name === fault.name)), refresh);
  for (const each of known) updateRow(rows.get(each.name), faults.find((fault) => fault.name === each.name));
  return faults.filter((fault) => fault.remaining !== 0).length;
}

function groups(known, refresh) {
  const titles = [...new Set(known.map((each) => each.group))];
  return titles.map((title) => group(title, known.filter((each) => each.group === title).map((each) => createRow(each, refresh))));
}

function group(title, children) {
  return createElement("div", { className: "group", hidden: children.length === 0, "data-title": title }, createElement("h3", {}, title), ...children);
}

function createRow(fault, refresh) {
  const toggle = createElement("input", { type: "checkbox", className: "switch", role: "switch", "aria-label": fault.title });
  toggle.addEventListener("change", () => run(() => setActive(fault, toggle.checked), toggle.checked ? `On: ${fault.title}` : `Off: ${fault.title}`, refresh));
  const element = createElement("label", { className: "fault", title: fault.message },
    toggle,
    createElement("span", { className: "what" },
      createElement("span", { className: "title" }, fault.title), ...(fault.code ? [" ", createElement("code", {}, fault.code)] : []),
      createElement("span", { className: "effect" }, fault.effect ?? `${fault.service} ${fault.action}: ${fault.message}`)),
    createElement("span", { className: "count" }));
  element.dataset.words = `${fault.title} ${fault.code} ${fault.effect ?? ""} ${fault.group ?? ""} ${fault.name}`.toLowerCase();
  rows.set(fault.effect ? fault.name : fault.id, element);
  return element;
}

function setActive(fault, isOn) {
  if (!isOn) return Promise.all(active.filter((each) => each.id === fault.id || each.name === fault.name).map((each) => request(`faults/${each.id}`, { method: "DELETE" })));
  return request("faults", { method: "POST", content: { name: fault.name, ...selectedTimes() } });
}

function selectedTimes() {
  const selected = byId("times").value;
  if (selected === "") return {};
  return { times: selected === "off" ? null : Number(selected) };
}

function updateRow(element, fault) {
  const isUsedUp = fault?.remaining === 0;
  element.querySelector("input").checked = Boolean(fault);
  element.classList.toggle("is-on", Boolean(fault));
  element.classList.toggle("is-used-up", isUsedUp);
  const hits = !fault?.hits ? "no hits yet" : fault.hits === 1 ? "1 hit" : `${fault.hits} hits`;
  const left = isUsedUp ? ", used up" : fault?.remaining ? `, ${fault.remaining} left` : "";
  const count = element.querySelector(".count");
  const text = fault ? hits + left : "";
  if (count.textContent !== text) count.replaceChildren(...(text ? [createElement("span", { className: "chip", tone: isUsedUp ? "" : "bad" }, text)] : []));
}

function showCustom(faults, refresh) {
  const parent = document.querySelector(`[data-title="${CUSTOM}"]`);
  for (const element of parent.querySelectorAll(".fault")) {
    if (!faults.some((fault) => fault.id === element.dataset.id)) element.remove();
  }
  for (const fault of faults) {
    if (![...parent.querySelectorAll(".fault")].some((element) => element.dataset.id === fault.id)) {
      const element = createRow({ ...fault, title: `${fault.service} ${fault.action}`, effect: undefined }, refresh);
      element.dataset.id = fault.id;
      parent.append(element);
    }
    updateRow(rows.get(fault.id), fault);
  }
  parent.hidden = faults.length === 0;
}

function applySearch() {
  const words = byId("search").value.trim().toLowerCase().split(/\s+/);
  let count = 0;
  for (const each of document.querySelectorAll(".group")) {
    const elements = [...each.querySelectorAll(".fault")];
    for (const element of elements) element.hidden = !words.every((word) => element.dataset.words.includes(word));
    each.hidden = elements.every((element) => element.hidden);
    count += elements.filter((element) => !element.hidden).length;
  }
  byId("no-fault").hidden = count > 0;
}

export function setUpFaults(refresh) {
  byId("search").addEventListener("input", applySearch);
  byId("custom").addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.target));
    run(async () => {
      await request("faults", { method: "POST", content: { ...values, status: Number(values.status), ...selectedTimes() } });
      event.target.reset();
    }, `On: ${values.service} ${values.action}`, refresh);
  });
}
