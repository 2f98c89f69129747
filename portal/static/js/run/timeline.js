/** The stepper: queue, init, plan, approval, apply, output, each with its time from the events themselves. */

import { setAttribute, setText, shape } from "./dom.js";
import { phases } from "./model.js";
import { duration, ticking } from "./times.js";

const SHAPES = { waiting: "pending", running: "running", done: "done", failed: "failed", skipped: "skipped" };
const WORDS = { waiting: "to come", running: "under way", done: "done", failed: "ended here", skipped: "skipped" };

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
        setText(item.querySelector("[data-word]"), WORDS[phase.state]);
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
