/** One resource as a table row: state, address, time, and its bar on the axis all rows share. */

import { element, setAttribute, setText, shape } from "./dom.js";
import { word } from "./resource_model.js";
import { duration, ticking } from "./times.js";

const ACTIONS = { create: "create", update: "update", delete: "destroy", replace: "replace", read: "read", forget: "forget" };

/** Beyond it the figure says nothing more. */
const MOST_TIMES = 10;

export class ResourceRow {
  constructor(resource) {
    this.resource = resource;
    this.icon = element("span", { class: "resource-icon" }, shape("pending"));
    this.word = element("span", { class: "resource-word" });
    this.time = element("td", { class: "resource-time num" });
    this.ghost = element("span", { class: "bar is-ghost", hidden: true });
    this.note = element("span", { class: "bar-note", hidden: true });
    this.slower = element("span", { class: "resource-slower", hidden: true });
    this.clock = element("span");
    this.time.append(this.slower, this.clock);
    this.track = element("span", { class: "bar-track" }, this.ghost, this.note);
    this.node = element("tr", { "data-address": resource.address },
      element("td", { class: "resource-name" }, this.icon, this.#name()),
      element("td", { class: "resource-state" }, this.#action(), this.word),
      this.time,
      element("td", { class: "resource-bar" }, this.track),
    );
    this.parts = [];
  }

  /**
   * @param {{from: number, span: number, now: number}} axis
   * @param {import("./forecast.js").Outlook} outlook
   */
  draw(axis, outlook) {
    const { resource } = this;
    const state = resource.state;
    if (this.state !== state) {
      this.state = state;
      this.node.dataset.state = state;
      this.icon.replaceChildren(shape(state));
    }
    setText(this.word, word(resource));
    setText(this.clock, this.#time(axis.now));
    this.#usual(outlook);
    this.#waits(outlook);
    this.#ghost(outlook, axis);
    this.#bars(axis);
  }

  /** How long it usually takes, and a word where it takes much longer. */
  #usual({ usual, slower }) {
    setAttribute(this.time, "title", usual === undefined ? undefined : `Usually ${duration(usual)}`);
    this.slower.hidden = slower === undefined;
    setText(this.slower, slower === undefined ? "" : slower >= MOST_TIMES ? `${MOST_TIMES}×+` : `${slower.toFixed(1)}×`);
    setAttribute(this.slower, "title", slower === undefined ? undefined
      : `${slower.toFixed(1)} times its usual ${duration(usual)}`);
  }

  #waits({ waitsFor }) {
    const isWaiting = this.resource.state === "pending" && waitsFor.length > 0;
    this.note.hidden = !isWaiting;
    if (isWaiting) {
      const more = waitsFor.length > 1 ? ` and ${waitsFor.length - 1} more` : "";
      setText(this.note, `for ${waitsFor[0]}${more}`);
      setAttribute(this.note, "title", `Waits for ${waitsFor.join(", ")}`);
    }
  }

  /** What is foreseen, behind what is: the usual time of one that is made, the place of one that waits. */
  #ghost({ from, usual }, axis) {
    const { state } = this.resource;
    const isAhead = state === "running" || state === "pending";
    this.ghost.hidden = !isAhead || usual === undefined || from === undefined || !Number.isFinite(axis.from);
    if (!this.ghost.hidden) {
      this.ghost.style.insetInlineStart = `${percent(from - axis.from, axis.span)}%`;
      this.ghost.style.width = `${percent(usual, axis.span)}%`;
    }
  }

  #time(now) {
    const { from, to, state } = this.resource;
    if (from === undefined) {
      return "";
    }
    return state === "running" ? ticking(now - from) : duration(to - from);
  }

  #bars({ from, span, now }) {
    const { segments, state } = this.resource;
    while (this.parts.length < segments.length) {
      const part = element("span", { class: "bar" });
      this.parts.push(part);
      this.track.append(part);
    }
    segments.forEach((segment, index) => {
      const part = this.parts[index];
      part.className = `bar is-${segment.action} ${segment.isFailed ? "is-failed" : ""} is-${
        segment.to === undefined ? "running" : state}`;
      part.style.insetInlineStart = `${percent(segment.from - from, span)}%`;
      part.style.width = `${percent((segment.to ?? now) - segment.from, span)}%`;
    });
  }

  #name() {
    const { address } = this.resource;
    const cut = address.lastIndexOf(".", address.includes("[") ? address.indexOf("[") : undefined);
    return element("button", { type: "button", class: "resource-address", "data-shows": address,
      title: `${address}: show its log lines` },
      element("span", { class: "resource-type" }, address.slice(0, cut + 1)),
      element("span", { class: "resource-label" }, address.slice(cut + 1)));
  }

  #action() {
    const { action } = this.resource;
    return element("span", { class: `action is-${action}`, title: `Planned: ${ACTIONS[action] ?? action}` },
      shape(action));
  }
}

function percent(ms, span) {
  return Math.max(0, Math.min(100, (ms / span) * 100)).toFixed(3);
}
