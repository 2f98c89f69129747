/** The stepper: queue, init, plan, approval, apply, output, each with its time from the events themselves. */

import { gettext } from "../i18n.js";
import { setAttribute, setText, shape } from "./dom.js";
import { phases } from "./model.js";
import { duration, ticking } from "./times.js";

const SHAPES = { waiting: "pending", running: "running", done: "done", failed: "failed", skipped: "skipped" };
const wordFor = (state) => ({
  waiting: gettext("waiting"),
  running: gettext("running"),
  done: gettext("done"),
  failed: gettext("failed"),
  skipped: gettext("skipped"),
})[state];

export class Timeline {
  /** @param {HTMLElement} list  an <ol> whose items carry `data-phase` */
  constructor(list) {
    this.items = new Map([...list.querySelectorAll("[data-phase]")].map((item) => [item.dataset.phase, item]));
  }

  draw(model, now) {
    for (const phase of phases(model)) {
      const item = this.items.get(phase.name);
      if (item.dataset.state !== phase.state || !item.dataset.isDrawn) {
        item.dataset.state = phase.state;
        item.dataset.isDrawn = "1";
        setAttribute(item, "aria-current", phase.state === "running" ? "step" : undefined);
        setText(item.querySelector("[data-word]"), wordFor(phase.state));
        item.querySelector(".shape").replaceWith(shape(SHAPES[phase.state]));
      }
      setText(item.querySelector("[data-time]"), timeOf(phase, now));
    }
  }
}

function timeOf({ state, from, to }, now) {
  if (from === undefined) {
    return "";
  }
  return state === "running" && to === undefined ? ticking(now - from) : duration((to ?? now) - from);
}
