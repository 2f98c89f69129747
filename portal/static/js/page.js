// What every page can do: copy a value, open a dialog, close a menu, keep times up to date.

import { dateAndTime, exactly, inReadersZone, serverClock } from "./clock.js";
import { gettext, sentence } from "./i18n.js";
import { ticking } from "./run/times.js";

export function toast(text) {
  const box = document.querySelector(".toasts");
  const item = document.createElement("div");
  item.className = "toast";
  item.textContent = text;
  box.append(item);
  setTimeout(() => item.remove(), 2600);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copyFrom ?? "");
  const value = button.dataset.copy ?? source?.textContent.trim() ?? "";
  try {
    await navigator.clipboard.writeText(value);
  } catch {
    toast(gettext("The browser does not allow this page to copy. Select the text instead."));
    return;
  }
  button.classList.add("is-done");
  toast(gettext("Copied"));
  setTimeout(() => button.classList.remove("is-done"), 1600);
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const target = event.target;
  const copyButton = target.closest("[data-copy], [data-copy-from]");
  if (copyButton) copy(copyButton);
  const opener = target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.opens)?.showModal();
  }
  target.closest("[data-closes]")?.closest("dialog")?.close();
  if (target.matches("dialog")) target.close(); // the backdrop
  closeMenus(target.closest("details.menu"));
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu !== null) {
      event.preventDefault(); // Escape closes the menu, and nothing else on the page
      closeMenus();
      menu.querySelector("summary")?.focus();
    }
  }
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select?.();
    }
  }
});

document.addEventListener("change", (event) => {
  if (event.target.closest("form[data-submits-itself]")) event.target.form.requestSubmit();
});

// A second click on a form that was submitted does nothing; the idempotency key protects the rest.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method.toLowerCase() !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  event.submitter?.classList.add("is-busy");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".is-busy")) button.classList.remove("is-busy");
  }
});

/** One number and its unit, as the server writes it (portal/templatetags/parts.py). */
function inWords(seconds) {
  if (seconds < 60) return sentence("%(seconds)s s", { seconds: Math.floor(seconds) });
  if (seconds < 3600) return sentence("%(minutes)s min", { minutes: Math.floor(seconds / 60) });
  if (seconds < 86_400) return sentence("%(hours)s h", { hours: Math.floor(seconds / 3600) });
  return sentence("%(days)s d", { days: Math.floor(seconds / 86_400) });
}

export function ago(seconds) {
  return seconds < 5 ? gettext("just now") : sentence("%(time)s ago", { time: inWords(seconds) });
}

function tick() {
  const now = serverClock.now();
  for (const time of document.querySelectorAll("time[data-ago], time[data-since], time:not([data-is-local])")) {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) continue;
    if ("ago" in time.dataset) time.textContent = ago((now - at) / 1000);
    if ("since" in time.dataset) time.textContent = ticking(now - at);
    if ("isLocal" in time.dataset) continue;
    // The server writes UTC, for pages without scripts; here it is the reader's own time zone.
    time.dataset.isLocal = "1";
    time.title = exactly(at);
    if ("exact" in time.dataset) time.textContent = dateAndTime(at);
  }
  for (const sentences of document.querySelectorAll("[data-utc-times]")) {
    delete sentences.dataset.utcTimes;
    sentences.textContent = inReadersZone(sentences.textContent, now);
  }
}
setInterval(tick, 1000);
document.addEventListener("htmx:load", tick);

// A page that cannot reach the server must not look up to date.
const root = document.documentElement;
document.addEventListener("htmx:sendError", () => root.classList.add("is-offline"));
document.addEventListener("htmx:timeout", () => root.classList.add("is-offline"));
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status >= 500) root.classList.add("is-offline"); // below 500 the request is wrong, not the server
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const isSignIn = xhr.responseURL && new URL(xhr.responseURL).pathname === document.body.dataset.signIn;
  if (isSignIn) event.detail.shouldSwap = false; // the sign-in form must not replace a part of the page
  root.classList.toggle("is-signed-out", isSignIn);
  if (xhr.status < 400) root.classList.remove("is-offline");
});

// The button of a form that asks for a name is enabled when the name is right.
for (const input of document.querySelectorAll("[data-must-equal]")) {
  const button = input.form.querySelector("button[type=submit]");
  const isShut = button.disabled;
  const look = () => (button.disabled = isShut || input.value.trim() !== input.dataset.mustEqual);
  input.addEventListener("input", look);
  look();
}

// A filter over rows that are all on the page.
for (const input of document.querySelectorAll("[data-filter]")) {
  const rows = [...document.querySelectorAll(input.dataset.filter)];
  const empty = document.querySelector("[data-filter-empty]");
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    if (empty) empty.hidden = rows.some((row) => !row.hidden);
  });
}
