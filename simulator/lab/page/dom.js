// Making elements and asking the laboratory. Text only ever arrives as text.

export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "tone") element.dataset.tone = value;
    else if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

// Replaces what `place` holds only when it would look different, so that a focus or a selection stays.
export function show(place, elements) {
  const fresh = make("div", {}, ...elements);
  if (place.dataset.shown !== fresh.innerHTML) {
    place.dataset.shown = fresh.innerHTML;
    place.replaceChildren(...fresh.childNodes);
  }
}

// Keeps what was chosen, if it can still be chosen.
export function offer(select, options) {
  const chosen = select.value;
  show(select, options.map(([value, title]) => make("option", { value }, title)));
  if ([...select.options].some((option) => option.value === chosen)) select.value = chosen;
}

export async function ask(path, { method = "GET", content } = {}) {
  const options = { method, headers: {} };
  if (content !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(content);
  }
  const answer = await fetch(path, options);
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error ?? `${answer.status}`);
  return found;
}

let quiet;
export function say(sentence) {
  byId("said").textContent = sentence;
  clearTimeout(quiet);
  quiet = setTimeout(() => { byId("said").textContent = ""; }, 4000);
}

// Does something that a person asked for, says how it went, and looks anew.
export async function act(doing, sentence, look) {
  try {
    await doing();
    say(sentence);
  } catch (reason) {
    say(reason.message);
  }
  await look();
}
