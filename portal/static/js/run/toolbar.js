/** A toolbar as in the ARIA Authoring Practices: one tab stop; the arrow keys, Home and End move inside it. */

/** @param {HTMLElement} bar  with role="toolbar" and buttons */
export function makeToolbar(bar) {
  const buttons = [...bar.querySelectorAll("button")];
  const keepTabStop = (current) => {
    for (const button of buttons) {
      button.tabIndex = button === current ? 0 : -1;
    }
  };
  keepTabStop(buttons[0]);
  bar.addEventListener("focusin", ({ target }) => buttons.includes(target) && keepTabStop(target));
  bar.addEventListener("keydown", (event) => {
    const next = buttons[nextIndex(event.key, buttons.indexOf(event.target), buttons.length)];
    if (next !== undefined) {
      event.preventDefault(); // for keyboard.js, too: Home and End would move the log
      next.focus();
    }
  });
}

/** The place that a key leads to, around the ends; -1 for other keys. */
export function nextIndex(key, index, count) {
  switch (key) {
    case "ArrowRight":
      return (index + 1) % count;
    case "ArrowLeft":
      return (index - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return -1;
  }
}
