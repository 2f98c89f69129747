/** Single keys; none of them changes an environment. `/` works on every page (js/page.js). */

/** @param {{log: object, tabs: object, help: HTMLDialogElement}} parts */
export function listen({ log, tabs, help }) {
  const acts = {
    "?": () => help.showModal(),
    f: () => log.toggleFollow(),
    G: () => log.view.follow(true),
    End: () => log.view.follow(true),
    g: () => log.view.top(),
    Home: () => log.view.top(),
    n: () => log.step(1),
    N: () => log.step(-1),
    e: () => log.nextProblem(),
    w: () => log.toggleWrap(),
    t: () => log.nextTimes(),
    Escape: () => log.clear(),
  };
  document.addEventListener("keydown", (event) => {
    if (isElsewhere(event)) {
      return;
    }
    const act = acts[event.key] ?? (/^[1-5]$/.test(event.key) ? () => tabs.at(Number(event.key) - 1) : undefined);
    if (act !== undefined) {
      event.preventDefault();
      act();
    }
  });
}

function isElsewhere({ target, ctrlKey, metaKey, altKey, defaultPrevented }) {
  return ctrlKey || metaKey || altKey || defaultPrevented
    || target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null
    || document.querySelector("dialog[open], details.menu[open]") !== null;
}
