/** One resource as a table row: state, address, time, and its bar on the axis all rows share. */

import { gettext, number, sentence, sentencePlural } from "../i18n.js";
import { element, setAttribute, setText, shape } from "./dom.js";
import { word } from "./resource_model.js";
import { duration, ticking } from "./times.js";

const plannedWords = (action) => ({
  create: gettext("Planned: create"),
  update: gettext("Planned: update"),
  delete: gettext("Planned: destroy"),
  replace: gettext("Planned: replace"),
  read: gettext("Planned: read"),
  forget: gettext("Planned: forget"),
})[action] ?? sentence("Planned: %(action)s", { action });

/** Above this the factor is shown as "10×+". */
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

  /** How long it usually takes, and a mark if it takes much longer. */
  #usual({ usual, slower }) {
    setAttribute(this.time, "title", usual === undefined ? undefined : sentence("Usually %(time)s", { time: duration(usual) }));
    this.slower.hidden = slower === undefined;
    setText(this.slower, slower === undefined ? "" : slower >= MOST_TIMES ? `${MOST_TIMES}×+` : `${number(slower, 1)}×`);
    setAttribute(this.slower, "title", slower === undefined ? undefined
      : sentence("%(factor)s times the usual %(time)s", { factor: number(slower, 1), time: duration(usual) }));
  }

  /** The button with the resource's name: Tab reaches one of all rows (see resources.js). */
  get button() {
    return this.node.querySelector("button[data-shows]");
  }

  #waits({ waitsFor }) {
    const isWaiting = this.resource.state === "pending" && waitsFor.length > 0;
    this.note.hidden = !isWaiting;
    if (isWaiting) {
      const [resource, more] = [waitsFor[0], waitsFor.length - 1];
      setText(this.note, more === 0 ? sentence("for %(resource)s", { resource })
        : sentencePlural("for %(resource)s and %(count)s more", "for %(resource)s and %(count)s more", more, { resource }));
      setAttribute(this.note, "title", sentence("Waits for %(resources)s", { resources: waitsFor.join(", ") }));
    }
  }

  /** The expected bar behind the real one: the usual time of a running resource, the place of a waiting one. */
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
    return element("button", { type: "button", class: "resource-address", "data-shows": address, tabindex: "-1", translate: "no",
      title: sentence("%(address)s: show its log lines", { address }) },
      element("span", { class: "resource-type" }, address.slice(0, cut + 1)),
      element("span", { class: "resource-label" }, address.slice(cut + 1)));
  }

  #action() {
    const { action } = this.resource;
    return element("span", { class: `action is-${action}`, title: plannedWords(action) },
      shape(action));
  }
}

function percent(ms, span) {
  return Math.max(0, Math.min(100, (ms / span) * 100)).toFixed(3);
}
