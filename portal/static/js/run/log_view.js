/**
 * The list of log lines on the screen: only visible rows exist. It follows the end until a person scrolls up,
 * and keeps a selection.
 */

import { Heights } from "./heights.js";
import { LineFocus } from "./log_focus.js";
import { rowOf } from "./log_row.js";

const OVERSCAN_PX = 400;
const SLICE_MS = 8;
const BY_HAND_MS = 3000; // a flick on a touch screen scrolls this long

export class LogView {
  /**
   * @param {{scroller: HTMLElement, canvas: HTMLElement, lines: object, onChange: () => void, onHand: () => void}} parts
   *   `onHand`: a person chose to follow, or not to.
   */
  constructor({ scroller, canvas, lines, onChange, onHand }) {
    Object.assign(this, { scroller, canvas, lines, onChange, onHand });
    this.rows = new Map();
    this.heights = new Heights(rowHeight(canvas));
    this.isFollowing = true;
    this.isWrapped = false;
    this.times = "clock";
    this.from = 0;
    this.unseen = 0;
    this.current = -1;
    this.linked = undefined;
    this.lastTop = 0;
    this.focus = new LineFocus(this);
    this.#listen();
  }

  /** Lines were added, or heartbeats changed the text of `touched` lines. */
  grew(count, touched) {
    if (!this.isFollowing) {
      this.unseen += count;
    }
    this.focus.keep(() => {
      for (const line of touched) {
        this.#forget(line);
      }
      this.draw();
    });
  }

  /** Another filter or query: the walk runs in slices between frames, and the position is kept. */
  async refilter(change) {
    const keep = this.#seqInSight();
    const turn = (this.turn ?? 0) + 1;
    this.turn = turn;
    this.lines.change(change);
    const walk = this.lines.walk();
    for (let isDone = false; !isDone; ) {
      const until = performance.now() + SLICE_MS;
      while (!isDone && performance.now() < until) {
        isDone = walk.next().done;
      }
      if (!isDone) {
        await new Promise((resolve) => setTimeout(resolve));
      }
      if (turn !== this.turn) {
        return;
      }
    }
    this.redraw();
    this.#keep(keep);
    this.onChange();
  }

  /** Draw every row again: the look has changed. */
  redraw() {
    this.focus.keep(() => {
      this.canvas.replaceChildren();
      this.rows.clear();
      this.heights.reset(rowHeight(this.canvas));
      this.draw();
    });
  }

  setLook(look) {
    const seq = this.#seqInSight();
    Object.assign(this, look);
    this.scroller.classList.toggle("is-wrapped", this.isWrapped);
    this.redraw();
    this.#keep(seq);
  }

  follow(isOn) {
    this.onHand();
    this.isFollowing = isOn;
    if (isOn) {
      this.unseen = 0;
      this.draw();
    }
    this.onChange();
  }

  top() {
    this.follow(false);
    this.scroller.scrollTop = 0;
    this.draw();
  }

  /** Scroll to a place in `visible`. */
  show(place, { isCurrent = false } = {}) {
    this.isFollowing = false;
    const before = this.current;
    this.current = isCurrent ? place : -1;
    this.#drop(before);
    this.#drop(place);
    this.scroller.scrollTop = this.heights.top(place) - this.scroller.clientHeight / 3;
    this.draw();
    // Rows above can be higher than expected.
    this.scroller.scrollTop = this.heights.top(place) - this.scroller.clientHeight / 3;
    this.draw();
    this.onChange();
  }

  showSeq(seq) {
    this.show(this.lines.placeOf(seq));
  }

  /** Mark the lines of a link, #L120 or #L120-L134. */
  link(range) {
    this.linked = range;
    this.redraw();
  }

  draw() {
    this.focus.keep(() => this.#drawRows());
  }

  #drawRows() {
    this.heights.setCount(this.lines.visible.length);
    this.canvas.style.height = `${this.heights.total()}px`;
    if (this.isFollowing && !this.#isSelecting()) {
      this.#toEnd();
    }
    for (let round = 0; round < 3 && this.#place(); round += 1) {
      this.canvas.style.height = `${this.heights.total()}px`;
      if (this.isFollowing && !this.#isSelecting()) {
        this.#toEnd();
      }
    }
    this.lastTop = this.scroller.scrollTop;
  }

  #toEnd() {
    this.scroller.scrollTop = this.heights.total();
  }

  /** Create the visible rows, drop the others. True if a row is higher than expected and everything moved. */
  #place() {
    const { scrollTop, clientHeight } = this.scroller;
    const count = this.lines.visible.length;
    const first = this.heights.at(scrollTop - OVERSCAN_PX);
    const last = count === 0 ? -1 : this.heights.at(scrollTop + clientHeight + OVERSCAN_PX);
    for (const [index, row] of this.rows) {
      if (index < first || index > last) {
        row.remove();
        this.rows.delete(index);
      }
    }
    const added = document.createDocumentFragment();
    for (let index = first; index <= last; index += 1) {
      const row = this.rows.get(index) ?? this.#make(index, added);
      row.style.transform = `translateY(${this.heights.top(index)}px)`;
    }
    this.canvas.append(added);
    return this.isWrapped && this.#measure();
  }

  #make(index, added) {
    const line = this.lines.lines[this.lines.visible[index]];
    const { linked } = this;
    const row = rowOf(line, this.lines.shown(line), {
      query: this.lines.query,
      times: this.times,
      from: this.from,
      isLinked: linked !== undefined && line.seq >= linked.from && line.seq <= linked.to,
      isCurrent: index === this.current,
    });
    this.rows.set(index, row);
    added.append(row);
    return row;
  }

  #measure() {
    const heights = [...this.rows].map(([index, row]) => [index, row.offsetHeight]);
    return heights.filter(([index, height]) => this.heights.measure(index, height)).length > 0;
  }

  #forget(line) {
    for (const [index, row] of this.rows) {
      if (this.lines.lines[this.lines.visible[index]] === line) {
        row.remove();
        this.rows.delete(index);
      }
    }
  }

  #drop(index) {
    this.rows.get(index)?.remove();
    this.rows.delete(index);
  }

  #seqInSight() {
    if (this.isFollowing || this.lines.visible.length === 0) {
      return undefined;
    }
    return this.lines.lines[this.lines.visible[this.heights.at(this.scroller.scrollTop)]]?.seq;
  }

  #keep(seq) {
    if (seq !== undefined) {
      this.scroller.scrollTop = this.heights.top(this.lines.placeOf(seq));
      this.draw();
    }
  }

  #isSelecting() {
    const selection = document.getSelection();
    return !selection.isCollapsed && this.canvas.contains(selection.anchorNode);
  }

  #listen() {
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.scroller.addEventListener("wheel", ({ deltaY }) => deltaY < 0 && this.isFollowing && this.follow(false), {
      passive: true,
    });
    for (const type of ["wheel", "touchmove", "pointerdown", "pointermove", "keydown"]) {
      this.scroller.addEventListener(type, (event) => this.#touched(event), { passive: true });
    }
    new ResizeObserver(() => (this.isWrapped ? this.redraw() : this.draw())).observe(this.scroller);
  }

  /** A person scrolls the list. A pointer that only hovers does not count. */
  #touched({ type, buttons }) {
    if (type !== "pointermove" || buttons > 0) {
      this.touchedAt = performance.now();
    }
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 6;
    // The list also moves when a card above it appears; only scrolling by a person stops following.
    const isByHand = performance.now() - (this.touchedAt ?? -Infinity) < BY_HAND_MS;
    if (this.isFollowing && isByHand && scrollTop < this.lastTop - 4 && !isAtEnd) {
      this.follow(false);
    } else if (!this.isFollowing && isAtEnd && scrollTop > this.lastTop) {
      this.follow(true);
    }
    this.draw();
  }
}

function rowHeight(canvas) {
  return parseFloat(getComputedStyle(canvas).getPropertyValue("line-height")) || 20;
}
