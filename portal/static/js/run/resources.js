/** The table of resources: live times, one time axis, sorting and filtering. */

import { number } from "../i18n.js";
import { element, setText } from "./dom.js";
import { ResourceRow } from "./resource_row.js";
import { markName, marks, roundUp } from "./times.js";

const STATE_RANK = { failed: 0, unfinished: 1, running: 2, done: 3, pending: 4 };
/** During the run: failed, in flight, done last. After it: in order of start. */
const LIVE_RANK = { failed: 0, unfinished: 0, running: 1, done: 2, pending: 3 };
const SORTS = {
  live: (a, b) => LIVE_RANK[a.state] - LIVE_RANK[b.state]
    || (a.state === "done" ? (b.to ?? 0) - (a.to ?? 0) : (a.from ?? 0) - (b.from ?? 0)) || a.order - b.order,
  start: (a, b) => (a.from ?? Infinity) - (b.from ?? Infinity) || a.order - b.order,
  time: (a, b, now) => lasted(b, now) - lasted(a, now) || a.order - b.order,
  name: (a, b) => a.address.localeCompare(b.address),
  state: (a, b) => STATE_RANK[a.state] - STATE_RANK[b.state] || (a.from ?? Infinity) - (b.from ?? Infinity),
};

export class Resources {
  /** @param {HTMLElement} pane  @param {(address: string) => void} onShow */
  constructor(pane, onShow) {
    this.chain = new Set();
    this.pane = pane;
    this.part = (name) => pane.querySelector(`[data-resources-${name}]`);
    this.rows = new Map();
    this.state = "all";
    this.text = "";
    this.sort = undefined;
    this.axisSpan = 0;
    pane.addEventListener("click", (event) => this.#clicked(event, onShow));
    this.part("body").addEventListener("keydown", (event) => this.#moved(event));
    this.part("body").addEventListener("focusin", ({ target }) => this.#isCurrent(target.closest("tr")?.dataset.address));
    pane.addEventListener("change", ({ target }) => target.name === "resource-state" && this.#show(target.value));
    this.part("search").addEventListener("input", ({ target }) => {
      this.text = target.value.trim().toLowerCase();
      this.isStale = true;
    });
  }

  /** `isTick`: only time has passed; rows that do not change are not drawn. `expected`: see forecast.js. */
  draw(model, now, { isTick = false, expected } = {}) {
    this.chain = new Set(expected.chain);
    const isNewAxis = this.#axis(model, now, expected.endsAt);
    for (const resource of managed(model)) {
      let row = this.rows.get(resource.address);
      if (row === undefined) {
        row = new ResourceRow(resource);
        this.rows.set(resource.address, row);
        this.isStale = true;
      }
      const isMoving = resource.state === "running" || resource.state === "pending";
      if (!isTick || isNewAxis || isMoving || row.state !== resource.state) {
        row.draw(this.axis, expected.of.get(resource.address));
      }
    }
    this.part("empty").hidden = this.rows.size > 0;
    this.usualSort = model.endedAt === undefined ? "live" : "start";
    if (!isTick || this.isStale || this.sort === "time") {
      this.#arrange(now);
    }
  }

  #axis(model, now, endsAt) {
    const all = managed(model).filter((resource) => resource.from !== undefined);
    const from = Math.min(model.applyFrom ?? Infinity, ...all.map((resource) => resource.from));
    const end = model.endedAt === undefined ? now : Math.max(...all.map((resource) => resource.to), from);
    // During the run up to its expected end: bars grow into their expected place.
    const far = model.endedAt === undefined ? Math.max(end, endsAt ?? end) : end;
    const isShown = Number.isFinite(from);
    const lasted = isShown ? Math.max(1000, far - from) : 1000;
    // A finished run fills its axis; a running one has a round end that stays for a while.
    const span = model.endedAt === undefined ? roundUp(lasted * 1.04) : lasted * 1.01;
    const isNew = span !== this.axisSpan || from !== this.axis?.from;
    this.axis = { from, span, now };
    this.axisSpan = span;
    if (isNew) {
      this.#marks(span, isShown);
    }
    return isNew;
  }

  #marks(span, isShown) {
    const room = Math.max(2, Math.floor(this.part("marks").clientWidth / 40));
    const all = isShown ? marks(span, Math.min(7, room)) : [];
    const step = all[1] ?? span;
    // The first would cover the heading, the last would be cut.
    const places = all.filter((place) => place > span * 0.24 && place < span * 0.97);
    this.part("table").style.setProperty("--mark", `${(step / span) * 100}%`);
    this.part("marks").replaceChildren(...places.map((place) => {
      const mark = element("span", {}, markName(place));
      mark.style.insetInlineStart = `${(place / span) * 100}%`;
      return mark;
    }));
  }

  #arrange(now) {
    this.isStale = false;
    const body = this.part("body");
    const all = [...this.rows.values()];
    const seen = all.filter(({ resource }) => this.#isSeen(resource))
      .sort((a, b) => SORTS[this.sort ?? this.usualSort](a.resource, b.resource, now));
    const focused = body.contains(document.activeElement) ? document.activeElement : undefined;
    seen.forEach(({ node }, index) => {
      if (body.children[index] !== node) {
        body.insertBefore(node, body.children[index] ?? null);
      }
    });
    focused?.focus({ preventScroll: true }); // a row that moves loses it
    while (body.children.length > seen.length) {
      body.lastElementChild.remove();
    }
    this.#keepTabStop(seen);
    this.#counts(all);
    this.part("none").hidden = seen.length > 0 || all.length === 0;
  }

  /** One tab stop for the whole table, however many resources there are: the arrow keys move inside it. */
  #keepTabStop(seen) {
    if (!seen.some(({ resource }) => resource.address === this.current)) {
      this.#isCurrent(seen[0]?.resource.address);
    }
  }

  #isCurrent(address) {
    const before = this.rows.get(this.current);
    before?.button.setAttribute("tabindex", "-1");
    this.current = address;
    this.rows.get(address)?.button.setAttribute("tabindex", "0");
  }

  #moved(event) {
    const row = event.target.closest("tr");
    const { firstElementChild: first, lastElementChild: last } = this.part("body");
    const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling, Home: first, End: last }[event.key];
    if (row !== null && next) {
      event.preventDefault(); // for keyboard.js, too: Home and End would move the log
      next.querySelector("button[data-shows]").focus();
    }
  }

  #counts(all) {
    const counts = { all: all.length, running: 0, done: 0, failed: 0, pending: 0, chain: 0 };
    for (const { resource } of all) {
      counts[resource.state === "unfinished" ? "failed" : resource.state] += 1;
      counts.chain += this.chain.has(resource.address) ? 1 : 0;
    }
    for (const [state, count] of Object.entries(counts)) {
      setText(this.pane.querySelector(`[data-count="${state}"]`), number(count));
    }
  }

  #isSeen({ address, state }) {
    const isWanted = this.state === "all" || state === this.state || (this.state === "failed" && state === "unfinished")
      || (this.state === "chain" && this.chain.has(address));
    return isWanted && (this.text === "" || address.toLowerCase().includes(this.text));
  }

  #show(state) {
    this.state = state;
    this.#arrange(this.axis?.now ?? 0);
  }

  #clicked({ target }, onShow) {
    const shows = target.closest("button[data-shows]");
    if (shows !== null) {
      onShow(shows.dataset.shows);
    }
    const sort = target.closest("[data-sort]");
    if (sort !== null) {
      this.sort = sort.dataset.sort;
      for (const head of this.pane.querySelectorAll("th[aria-sort]")) {
        head.removeAttribute("aria-sort");
      }
      sort.closest("th").setAttribute("aria-sort", this.sort === "time" ? "descending" : "ascending");
      this.#arrange(this.axis?.now ?? 0);
    }
  }
}

/** Without data sources: they are only read. */
function managed(model) {
  return [...model.resources.values()].filter(({ action }) => action !== "read");
}

function lasted({ from, to }, now) {
  return from === undefined ? -1 : (to ?? now) - from;
}
