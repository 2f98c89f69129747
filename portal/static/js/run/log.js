/** The log pane: the lines, their filters and search, follow and pause, line links. */

import { gettext, number, sentence, sentencePlural } from "../i18n.js";
import { setText } from "./dom.js";
import { rangeOf, readFilters, writeFilters } from "./log_address.js";
import { LogLines } from "./log_lines.js";
import { LogView } from "./log_view.js";
import { makeToolbar } from "./toolbar.js";

const REMEMBERED = "run-log";
const NEXT_TIMES = { clock: "run", run: "off", off: "clock" };
const timesWord = (times) => ({
  clock: gettext("Times: clock"),
  run: gettext("Times: since request"),
  off: gettext("Times: none"),
})[times];

export class Log {
  /** @param {HTMLElement} pane  the element that holds everything with `data-log-...` */
  constructor(pane) {
    this.pane = pane;
    this.part = (name) => pane.querySelector(`[data-log-${name}]`);
    this.lines = new LogLines();
    this.view = new LogView({
      scroller: this.part("scroller"),
      canvas: this.part("canvas"),
      lines: this.lines,
      onChange: () => this.#report(),
      // A person who follows or scrolls away no longer waits for the line of the link.
      onHand: () => (this.waitingFor = undefined),
    });
    this.found = -1;
    this.waitingFor = rangeOf(location.hash);
    this.view.linked = this.waitingFor;
    this.#listen();
    this.lines.change(readFilters(this.part));
    this.#remembered();
  }

  /** Take events in, once per frame. */
  append(events) {
    if (this.view.from === 0 && events.length > 0) {
      this.view.from = Date.parse(events[0].at);
    }
    const before = this.lines.visible.length;
    const touched = this.lines.append(events);
    const grown = this.lines.visible.length - before;
    if (grown < 0) {
      this.view.redraw();
    } else {
      this.view.grew(grown, touched);
    }
    this.#arriveAtLink();
    this.#report();
  }

  /** Show the lines of one resource. */
  showOnly(query) {
    this.part("search").value = query;
    this.part("only").checked = true;
    this.#search();
    this.pane.scrollIntoView({ block: "nearest" });
  }

  /** Scroll to an event. */
  goTo(seq) {
    this.view.link({ from: seq, to: seq });
    this.#showUncovered(seq);
  }

  /** Scroll to it although it was folded or filtered out. */
  async #showUncovered(seq) {
    const isKept = seq > this.lines.dropped;
    if (isKept && !this.lines.isVisible(seq)) {
      this.part("beats").setAttribute("aria-pressed", "false");
      await this.#filter();
    }
    if (isKept && !this.lines.isVisible(seq)) {
      await this.clearFilters();
    }
    this.view.showSeq(seq);
  }

  step(by) {
    const { matches } = this.lines;
    if (matches.length === 0) {
      return;
    }
    this.found = this.found < 0 ? this.#firstFound(by) : (this.found + by + matches.length) % matches.length;
    this.view.show(matches[this.found], { isCurrent: true });
  }

  focusSearch() {
    this.part("search").focus();
    this.part("search").select();
  }

  clear() {
    this.part("search").value = "";
    this.part("only").checked = false;
    return this.#search();
  }

  /** Show every line again. */
  clearFilters() {
    this.part("level").value = "trace";
    this.part("phase").value = "";
    this.#filter();
    return this.clear();
  }

  toggleFollow() {
    this.view.follow(!this.view.isFollowing);
  }

  toggleWrap() {
    this.#choose({ isWrapped: !this.view.isWrapped });
  }

  nextTimes() {
    this.#choose({ times: NEXT_TIMES[this.view.times] });
  }

  #choose(change) {
    this.#look(change);
    const { isWrapped, times } = this.view;
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify({ isWrapped, times }));
    } catch {
      // A browser that stores nothing: the choice holds until the page is left.
    }
  }

  #look(change) {
    this.view.setLook(change);
    const { isWrapped, times } = this.view;
    this.part("wrap").setAttribute("aria-pressed", isWrapped);
    setText(this.part("times-word"), timesWord(times));
  }

  /** The look of the log that this person chose last time. */
  #remembered() {
    const isNarrow = matchMedia("(max-width: 46rem)").matches;
    const { isWrapped = isNarrow, times } = remembered();
    this.#look({ isWrapped: isWrapped === true, times: times in NEXT_TIMES ? times : "clock" });
  }

  nextProblem() {
    const { lines, visible } = this.lines;
    const from = visible.findIndex((index) => lines[index].seq > (this.problem ?? 0) && isError(lines[index]));
    const place = from >= 0 ? from : visible.findIndex((index) => isError(lines[index]));
    if (place >= 0) {
      this.problem = lines[visible[place]].seq;
      this.view.show(place, { isCurrent: true });
    }
  }

  #firstFound(by) {
    // From the visible lines, not from the first one.
    const place = this.view.heights.at(this.view.scroller.scrollTop);
    const next = this.lines.matches.findIndex((match) => match >= place);
    const index = Math.max(0, next);
    return by > 0 ? index : (index - 1 + this.lines.matches.length) % this.lines.matches.length;
  }

  async #search() {
    clearTimeout(this.typing);
    this.typing = undefined;
    this.found = -1;
    writeFilters(this.part);
    await this.view.refilter({ query: this.part("search").value, isOnlyMatches: this.part("only").checked });
  }

  #filter() {
    writeFilters(this.part);
    return this.view.refilter({
      level: this.part("level").value,
      phase: this.part("phase").value,
      areBeatsFolded: this.part("beats").getAttribute("aria-pressed") === "true",
    });
  }

  #listen() {
    const on = (name, type, act) => this.part(name).addEventListener(type, act);
    on("search", "input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.#search(), 120);
    });
    on("search", "keydown", (event) => this.#searchKey(event));
    on("only", "change", () => this.#search());
    on("next", "click", () => this.step(1));
    on("previous", "click", () => this.step(-1));
    on("level", "change", () => this.#filter());
    on("phase", "change", () => this.#filter());
    on("beats", "click", ({ currentTarget }) => {
      currentTarget.setAttribute("aria-pressed", currentTarget.getAttribute("aria-pressed") !== "true");
      this.#filter();
    });
    on("follow", "click", () => this.toggleFollow());
    on("wrap", "click", () => this.toggleWrap());
    on("times", "click", () => this.nextTimes());
    on("more", "click", () => this.view.follow(true));
    on("clear", "click", () => this.clearFilters());
    on("canvas", "click", (event) => this.#lineClicked(event));
    makeToolbar(this.part("toolbar"));
  }

  async #searchKey(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.typing !== undefined) {
        await this.#search(); // Enter came faster than the pause after typing
      }
      this.step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      this.clear();
      this.part("scroller").focus();
    }
  }

  #lineClicked(event) {
    const number = event.target.closest("[data-line]");
    if (number === null) {
      return;
    }
    event.preventDefault();
    const seq = Number(number.dataset.line);
    const other = event.shiftKey && this.view.linked ? this.view.linked.from : seq;
    const range = { from: Math.min(seq, other), to: Math.max(seq, other) };
    const hash = range.from === range.to ? `#L${range.from}` : `#L${range.from}-L${range.to}`;
    history.replaceState(null, "", hash);
    this.view.isFollowing = false;
    this.view.link(range);
    navigator.clipboard?.writeText(location.href).catch(() => undefined); // the address bar has the link, too
    this.#report();
  }

  #arriveAtLink() {
    if (this.waitingFor === undefined) {
      return;
    }
    this.view.isFollowing = false;
    if (this.lines.lines.at(-1)?.seq >= this.waitingFor.from) {
      const { from } = this.waitingFor;
      this.waitingFor = undefined;
      this.#showUncovered(from);
    }
  }

  #report() {
    const { lines, visible, matches, query, dropped } = this.lines;
    const isFiltered = visible.length < lines.length;
    const total = lines.length;
    setText(this.part("count"), isFiltered
      ? sentencePlural("%(shown)s of %(count)s line", "%(shown)s of %(count)s lines", total,
        { shown: number(visible.length) })
      : sentencePlural("%(count)s line", "%(count)s lines", total));
    this.part("dropped").hidden = dropped === 0;
    setText(this.part("dropped"), dropped === 0 ? "" : sentence("Events 1 to %(last)s are only in the download.", { last: number(dropped) }));
    setText(this.part("found"), foundWords(query, this.found, matches.length));
    this.part("empty").hidden = visible.length > 0 || lines.length === 0;
    this.part("waiting").hidden = lines.length > 0;
    this.part("follow").setAttribute("aria-pressed", this.view.isFollowing);
    this.part("more").hidden = this.view.isFollowing || this.view.unseen === 0;
    setText(this.part("more-count"), this.view.unseen === 0 ? ""
      : sentencePlural("%(count)s new line", "%(count)s new lines", this.view.unseen));
  }
}

function foundWords(query, found, count) {
  if (query.isBroken) {
    return gettext("not a valid pattern");
  }
  if (query.isEmpty) {
    return "";
  }
  return found < 0 ? number(count)
    : sentence("%(place)s of %(count)s", { place: number(found + 1), count: number(count) });
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED)) ?? {};
  } catch {
    return {}; // nothing may be stored, or it is not ours
  }
}

function isError(line) {
  return line.level === "error" && line.part === 0;
}
