// What every page can do: copy a value, open a dialog, close a menu, keep times in words fresh.

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
    toast("The browser does not let this page copy. Select the text instead.");
    return;
  }
  button.classList.add("is-done");
  toast("Copied");
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
      event.preventDefault(); // it meant the menu, and nothing else on the page
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

// A second click on a form that is on its way does nothing; the idempotency key guards the rest.
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
    form.querySelectorAll(".is-busy").forEach((button) => button.classList.remove("is-busy"));
  }
});

const STEPS = [[60, "s"], [3600, "min"], [86400, "h"], [Infinity, "d"]];
const SIZES = { s: 1, min: 60, h: 3600, d: 86400 };

export function ago(seconds) {
  if (seconds < 5) return "just now";
  const [, unit] = STEPS.find(([limit]) => seconds < limit);
  return `${Math.floor(seconds / SIZES[unit])} ${unit} ago`;
}

export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (h) return `${h} h ${m} min`;
  return m ? `${m} min ${String(s).padStart(2, "0")} s` : `${s} s`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.textContent = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
  }
  for (const time of document.querySelectorAll("time[data-since]")) {
    time.textContent = duration((Date.now() - Date.parse(time.dateTime)) / 1000);
  }
}
setInterval(tick, 1000);
document.addEventListener("htmx:load", tick);

// Fragments that come late say so: a page that cannot ask must not look as if it knew.
const root = document.documentElement;
document.addEventListener("htmx:sendError", () => root.classList.add("is-offline"));
document.addEventListener("htmx:timeout", () => root.classList.add("is-offline"));
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status >= 500) root.classList.add("is-offline"); // it did answer: what was sent is wrong
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const isSignIn = xhr.responseURL && new URL(xhr.responseURL).pathname === document.body.dataset.signIn;
  if (isSignIn) event.detail.shouldSwap = false; // a session that ended must not put its form into the page
  root.classList.toggle("is-signed-out", isSignIn);
  if (xhr.status < 400) root.classList.remove("is-offline");
});

// The button of a form that wants a name typed wakes up when the name is right.
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
