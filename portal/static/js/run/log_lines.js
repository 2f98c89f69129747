/**
 * The log as lines: events become lines, some of which are visible, and some of those are matches. No DOM.
 *
 * `visible` holds indices into `lines`. Filtering is a generator, so that a hundred thousand lines are
 * filtered in slices between frames; lines that arrive meanwhile belong to the same walk.
 */

import { plain } from "./ansi.js";
import { compile } from "./log_query.js";

const RANK = { trace: 0, debug: 1, info: 2, warn: 3, error: 4 };
const SLICE = 4000;
/** Messages that only report that a resource is still in flight. A provisioner's output is not one of them. */
const BEATS = new Set(["apply_progress", "ephemeral_op_progress"]);
/** Above this the oldest tenth is dropped: the download has all lines. */
export const LIMIT = 200_000;

export class LogLines {
  constructor({ limit = LIMIT } = {}) {
    this.limit = limit;
    this.lines = [];
    this.visible = [];
    this.matches = [];
    this.dropped = 0;
    this.counts = { warn: 0, error: 0 };
    /** resource -> the line of its heartbeats */
    this.beats = new Map();
    this.filter = { level: "trace", phase: "", areBeatsFolded: true, isOnlyMatches: false };
    this.query = compile("");
    this.walked = 0;
  }

  /** Add events. Their lines are visible at once unless a walk is running. */
  append(events) {
    const isSettled = this.walked === this.lines.length;
    const touched = [];
    for (const event of events) {
      this.#push(event, touched);
    }
    if (isSettled) {
      this.#walk(this.lines.length);
    }
    this.#trim();
    return touched;
  }

  /** Start again with another filter or query; run `walk` until it is done. */
  change({ query, ...filter }) {
    Object.assign(this.filter, filter);
    if (query !== undefined) {
      this.query = compile(query);
    }
    this.visible = [];
    this.matches = [];
    this.walked = 0;
  }

  /** Yields between slices until every line was checked. */
  *walk() {
    while (this.walked < this.lines.length) {
      this.#walk(Math.min(this.walked + SLICE, this.lines.length));
      yield;
    }
  }

  /** Where in `visible` the event's first line is, or the next visible one. */
  placeOf(seq) {
    let [low, high] = [0, this.visible.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.lines[this.visible[middle]].seq < seq) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  isVisible(seq) {
    return this.lines[this.visible[this.placeOf(seq)]]?.seq === seq;
  }

  #push(event, touched) {
    if (event.level === "warn" || event.level === "error") {
      this.counts[event.level] += 1;
    }
    const isBeat = BEATS.has(event.type);
    if (/_(complete|errored)$/.test(event.type)) {
      this.beats.delete(event.resource);
    }
    const beat = isBeat ? this.#beat(event) : undefined;
    textOf(event).split(/\r\n|\r|\n/).forEach((raw, part) => {
      const text = plain(raw);
      const line = { seq: event.seq, at: event.at, phase: event.phase, level: event.level, type: event.type,
        resource: event.resource, part, text, raw: text === raw ? undefined : raw, beatOf: beat };
      this.lines.push(line);
      if (isBeat) {
        this.#stand(event, line, touched);
      }
    });
  }

  #beat(event) {
    return this.beats.get(event.resource);
  }

  /** The first heartbeat of a resource is shown for all that follow, until the resource has ended. */
  #stand(event, line, touched) {
    const first = this.beats.get(event.resource);
    if (first === undefined) {
      line.beats = 1;
      this.beats.set(event.resource, line);
      return;
    }
    first.beats += 1;
    first.latest = line;
    touched.push(first);
  }

  #walk(to) {
    for (let index = this.walked; index < to; index += 1) {
      if (this.#isSeen(this.lines[index])) {
        if (this.#isMatch(this.lines[index])) {
          this.matches.push(this.visible.length);
        }
        this.visible.push(index);
      }
    }
    this.walked = to;
  }

  #isSeen(line) {
    const { level, phase, areBeatsFolded, isOnlyMatches } = this.filter;
    return RANK[line.level] >= RANK[level]
      && (phase === "" || line.phase === phase)
      && !(areBeatsFolded && line.beatOf !== undefined)
      && (!isOnlyMatches || this.query.isEmpty || this.#isMatch(line));
  }

  #isMatch(line) {
    return !this.query.isEmpty && this.query.test(this.shown(line));
  }

  /** The line whose text is shown at this line. */
  shown(line) {
    return this.filter.areBeatsFolded && line.latest !== undefined ? line.latest : line;
  }

  #trim() {
    if (this.lines.length <= this.limit) {
      return;
    }
    const excess = this.lines.length - Math.floor(this.limit * 0.9);
    this.dropped = this.lines[excess].seq - 1;
    this.lines.splice(0, excess);
    this.change({});
    this.#walk(this.lines.length);
  }
}

/** The text of an event, with everything that Terraform's own terminal output would show. */
export function textOf(event) {
  if (event.type !== "diagnostic") {
    return event.message;
  }
  const { address, filename, line, snippet, detail } = event.data;
  const indent = (text) => text.split("\n").map((part) => `  ${part}`).join("\n");
  return [
    event.message,
    address && `  with ${address},`,
    filename && `  on ${filename}${line ? ` line ${line}` : ""}${snippet?.context ? `, in ${snippet.context}` : ""}:`,
    snippet?.code && indent(snippet.code.replace(/\s+$/, "")),
    detail && indent(detail),
  ].filter(Boolean).join("\n");
}
