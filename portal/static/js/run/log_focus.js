/**
 * The log by keyboard. The list is one tab stop: Enter goes to its lines, the arrow keys move from line to line,
 * Escape leaves them.
 */

export class LineFocus {
  /** @param {import("./log_view.js").LogView} view */
  constructor(view) {
    this.view = view;
    view.scroller.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Run `act`, which draws rows. A row that is drawn again keeps the focus; from a dropped one it goes to the list. */
  keep(act) {
    const { canvas, scroller } = this.view;
    const seq = canvas.contains(document.activeElement) ? document.activeElement.dataset.line : undefined;
    act();
    if (seq !== undefined && !canvas.contains(document.activeElement)) {
      (canvas.querySelector(`[data-line="${seq}"]`) ?? scroller).focus({ preventScroll: true });
    }
  }

  #key(event) {
    const { key, target } = event;
    const seq = Number(target.dataset.line);
    const act = target === this.view.scroller
      ? { Enter: () => this.#enter() }[key]
      : target.dataset.line && { ArrowDown: () => this.#move(seq, 1), ArrowUp: () => this.#move(seq, -1),
        Escape: () => this.view.scroller.focus() }[key];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  /** To the first visible line. */
  #enter() {
    const { heights, scroller } = this.view;
    this.#to(this.#withLink(heights.at(scroller.scrollTop + heights.rowHeight - 1), 1));
  }

  /** From the event `seq` to the one before (-1) or after (1). */
  #move(seq, by) {
    this.#to(this.#withLink(this.view.lines.placeOf(seq) + by, by));
  }

  /** The next place in `visible`, in steps of `by`, with the first line of an event: only these have links. */
  #withLink(start, by) {
    const { lines, visible } = this.view.lines;
    let place = start;
    while (place >= 0 && place < visible.length && lines[visible[place]].part > 0) {
      place += by;
    }
    return place;
  }

  #to(place) {
    const { view } = this;
    if (place < 0 || place >= view.lines.visible.length) {
      return;
    }
    view.follow(false);
    const [top, bottom] = [view.heights.top(place), view.heights.top(place + 1)];
    const { scrollTop, clientHeight } = view.scroller;
    view.scroller.scrollTop = Math.min(top, Math.max(scrollTop, bottom - clientHeight));
    view.draw();
    view.rows.get(place)?.querySelector("[data-line]")?.focus({ preventScroll: true });
  }
}
