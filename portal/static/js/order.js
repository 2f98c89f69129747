// The order form: a size fills in the fields, differences are marked, and the server validates while one types.
// Without this script the form still works, and shows its errors after submitting.

import { gettext, list, sentence, sentencePlural } from "./i18n.js";

const form = document.querySelector("form[data-order]");
const { sizes, compared, now } = JSON.parse(document.getElementById("presets").textContent);
const PAUSE_MS = 350;
const NOT_A_VALUE = "?";

// Without this script the browser must refuse a date that does not exist: it would send an empty one. No other field
// has a rule of the browser: its error could be in a folded section, where nobody sees it.
form.noValidate = true;

const controls = (name) => [...form.elements].filter((element) => element.name === name);

function answerTo(name) {
  const found = controls(name);
  const [first] = found;
  if (!first) return undefined;
  if (first.type === "radio") return found.find((radio) => radio.checked)?.value ?? "";
  if (first.type !== "checkbox") return first.value;
  if (first.getAttribute("role") === "switch") return String(first.checked);
  return found.filter((box) => box.checked).map((box) => box.value).sort();
}

function fill(name, value) {
  for (const control of controls(name)) {
    if (control.type === "radio") control.checked = control.value === value;
    else if (control.getAttribute("role") === "switch") control.checked = value === "true";
    else if (control.type === "checkbox") control.checked = value.includes(control.value);
    else control.value = value;
  }
}

const size = () => controls("size").find((radio) => radio.checked)?.value;
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// An address range belongs to the environment, not to its size: a size does not change it.
const isOfTheSize = (name, slug) =>
  Object.values(sizes).some((other) => !same(other[name], sizes[slug][name]));

function fillFrom(slug) {
  for (const [name, value] of Object.entries(sizes[slug] ?? {})) {
    if (isOfTheSize(name, slug)) fill(name, value);
  }
}

const choicesOf = (name) =>
  controls(name)
    .flatMap((control) => (control.options ? [...control.options] : [control]))
    .filter((choice) => choice.dataset.label);

/** The choice's own label, as the page shows it. */
const labelOf = (name, value) => choicesOf(name).find((choice) => choice.value === value)?.dataset.label;

// As on the server: a choice by its place; no answer, and one that is no longer offered, as the largest.
function rankOf(name, value) {
  const offered = choicesOf(name).map((choice) => choice.value);
  if (offered.length) return offered.includes(value) ? offered.indexOf(value) : Infinity;
  return value === "" ? Infinity : Number(value);
}

function inWords(name, value) {
  if (Array.isArray(value)) return value.length ? list(value.map((each) => labelOf(name, each) ?? each)) : gettext("none");
  const unit = controls(name)[0]?.closest(".input-with")?.querySelector(".unit")?.textContent;
  const plain = { true: gettext("on"), false: gettext("off"), "": gettext("empty") }[value];
  return labelOf(name, value) ?? plain ?? (unit ? `${value} ${unit}` : value);
}

function changeWords(name, expected) {
  return compared === "now" ? sentence("was %(value)s", { value: inWords(name, expected) })
    : gettext("changed from preset");
}

function changeTitle(name, expected) {
  const value = inWords(name, expected);
  return compared === "now" ? sentence("Now: %(value)s", { value }) : sentence("Preset: %(value)s", { value });
}

function markChanges() {
  const reference = compared === "now" ? now : sizes[size()];
  for (const mark of form.querySelectorAll("[data-changed]")) {
    const name = mark.dataset.changed;
    const expected = reference?.[name];
    const isOurs = compared === "now" || (reference && isOfTheSize(name, size()));
    const differs = isOurs && expected !== undefined && !same(expected, answerTo(name));
    mark.hidden = !differs;
    mark.textContent = differs ? changeWords(name, expected) : "";
    mark.title = differs ? changeTitle(name, expected) : "";
  }
  markEffects();
  for (const fold of form.querySelectorAll("details.fold")) {
    const count = fold.querySelectorAll("[data-changed]:not([hidden])").length;
    const tag = fold.querySelector(".count-changed");
    tag.hidden = !count;
    tag.textContent = count ? sentencePlural("%(count)s changed", "%(count)s changed", count) : "";
  }
}

// What a change does is on the page, hidden until the answer is different.
function markEffects() {
  for (const box of form.querySelectorAll("[data-effect-of]")) {
    const name = box.dataset.effectOf;
    const { when, whenSmaller } = box.dataset;
    const value = answerTo(name);
    const isOther = now?.[name] !== undefined && !same(now[name], value);
    const isMeant =
      (when === undefined || when === value) &&
      (whenSmaller === undefined || rankOf(name, value) < rankOf(name, now?.[name]));
    const isWrong = box.closest(".field").querySelector("[data-error-of]")?.childElementCount > 0;
    box.hidden = isWrong || !isOther || !isMeant;
  }
}

// The server's errors are on the page already; here the controls are marked as invalid.
function markErrors() {
  for (const box of form.querySelectorAll("[data-error-of]")) {
    const isWrong = box.childElementCount > 0;
    const field = box.closest(".field");
    for (const control of field.querySelectorAll(".input, .select, .textarea, .segments, .choices, [role=switch]")) {
      if (isWrong) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
    if (isWrong && box.closest("details.fold")) box.closest("details.fold").open = true;
  }
}

// A date that does not exist, or is incomplete, has an empty value, as if none was wanted.
const unreadables = () => [...form.elements].filter((control) => control.validity.badInput);

let timer;
function checkSoon(delay = PAUSE_MS) {
  clearTimeout(timer);
  timer = setTimeout(() => form.dispatchEvent(new CustomEvent("check")), delay);
}

form.addEventListener("input", (event) => {
  if (event.target.name === "size") fillFrom(event.target.value);
  markChanges();
  checkSoon(event.target.type === "radio" || event.target.type === "checkbox" ? 60 : PAUSE_MS);
});
form.addEventListener("change", () => checkSoon(60));
form.addEventListener("focusout", ({ target }) => {
  // A browser reports no change from empty to incomplete and back.
  if (target.type === "date" && (target.validity.badInput || target.hasAttribute("aria-invalid"))) checkSoon(60);
});
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  const [unreadable] = unreadables();
  if (!unreadable) return;
  event.preventDefault(); // the next page could not show what was typed
  checkSoon(0);
  unreadable.focus();
});
form.addEventListener("formdata", ({ formData }) => {
  for (const control of unreadables()) formData.set(control.name, NOT_A_VALUE);
});
document.addEventListener("htmx:afterSettle", () => {
  markErrors();
  markEffects();
});
// A browser that restores the form after "back" has other values than the page was rendered with. The errors of a
// refused form stay until something in it changes.
window.addEventListener("pageshow", ({ persisted }) => {
  markChanges();
  const isRefused = document.getElementById("form-errors").childElementCount > 0;
  if (persisted || !isRefused) checkSoon(0);
});

const firstWrong = form.querySelector("[aria-invalid=true]");
firstWrong?.scrollIntoView({ block: "center" });
(firstWrong?.matches("input, select, textarea") ? firstWrong : firstWrong?.querySelector("input"))?.focus();
