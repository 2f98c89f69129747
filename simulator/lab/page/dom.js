// Creates elements and sends requests to the lab. Texts are inserted as text, never as HTML.

export const byId = (id) => document.getElementById(id);

export function createElement(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "tone") element.dataset.tone = value;
    else if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

// Replaces the children of `parent` only if they changed, so that focus and selection stay.
export function replaceIfChanged(parent, elements) {
  const fresh = createElement("div", {}, ...elements);
  if (parent.dataset.shown !== fresh.innerHTML) {
    parent.dataset.shown = fresh.innerHTML;
    parent.replaceChildren(...fresh.childNodes);
  }
}

// Keeps the selected option if it still exists.
export function setOptions(select, options) {
  const selected = select.value;
  replaceIfChanged(select, options.map(([value, title]) => createElement("option", { value }, title)));
  if ([...select.options].some((option) => option.value === selected)) select.value = selected;
}

export async function request(path, { method = "GET", content } = {}) {
  const options = { method, headers: {} };
  if (content !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(content);
  }
  const response = await fetch(path, options);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? `${response.status}`);
  return body;
}

let timer;
function notify(message) {
  byId("notification").textContent = message;
  clearTimeout(timer);
  timer = setTimeout(() => { byId("notification").textContent = ""; }, 4000);
}

// Runs a user's action, shows `message` or the error, and refreshes the page.
export async function run(action, message, refresh) {
  try {
    await action();
    notify(message);
  } catch (error) {
    notify(error.message);
  }
  await refresh();
}
