/** Moments: the server's clock, and dates and times in the reader's own time zone. One for every page. */

// A larger difference between the two clocks of the computer means that it has slept.
const SLEPT_MS = 2000;

/**
 * The server's clock. Events carry the server's time; a laptop that is four minutes fast must not show
 * a resource as four minutes old.
 */
export class ServerClock {
  /**
   * `serverMs` is the server's time when this page's first byte arrived; NaN if it is not known.
   * `wall` is the computer's clock. `steady` counts ms, cannot be set, and may stop while the computer sleeps.
   */
  constructor(serverMs, { receivedAtMs = responseStart(), wall = () => Date.now(), steady = () => performance.now() } = {}) {
    this.wall = wall;
    this.steady = steady;
    this.base = wall() - steady();
    this.skew = Number.isFinite(serverMs - receivedAtMs) ? serverMs - receivedAtMs : 0;
  }

  /** ms since the epoch. It runs on steadily, and never backwards, if somebody sets the computer's clock back. */
  now() {
    return this.#local() + this.skew;
  }

  /** An event cannot come from the future: the estimate was too low by that much. */
  seen(eventMs) {
    this.skew = Math.max(this.skew, eventMs - this.#local());
  }

  #local() {
    const base = this.wall() - this.steady();
    if (base > this.base + SLEPT_MS) {
      this.base = base;
    }
    return this.steady() + this.base;
  }
}

/** When the page's first byte arrived; NaN for a page from the browser's cache, which has an old time of the server. */
function responseStart() {
  const [navigation] = performance.getEntriesByType("navigation");
  const isCached = navigation?.transferSize === 0 && navigation.decodedBodySize > 0;
  return isCached ? Number.NaN : performance.timeOrigin + (navigation?.responseStart ?? 0);
}

/** The page's clock: every duration and every "ago" on it goes by this one. */
export const serverClock = new ServerClock(Number(globalThis.document?.body?.dataset.now ?? Number.NaN));

// The same order of digits for everybody, as in the log and the exports; the zone is the reader's own.
const PARTS = {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  hourCycle: "h23",
};
const DATE_AND_TIME = new Intl.DateTimeFormat("sv-SE", PARTS);
const TIME = new Intl.DateTimeFormat("sv-SE", { hour: PARTS.hour, minute: PARTS.minute, second: PARTS.second,
  hourCycle: PARTS.hourCycle });
const OFFSET = new Intl.DateTimeFormat("en", { timeZoneName: "longOffset" });
const SHORT_OFFSET = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" });
const UTC_TIME = /\b(?:(\d{4}-\d{2}-\d{2}) )?(\d{2}:\d{2}(?::\d{2})?) UTC\b/g;
const DAY_MS = 86_400_000;
const ZONE = OFFSET.resolvedOptions().timeZone;

/** "14:03:07" in the reader's time zone. */
export function timeOfDay(ms) {
  return TIME.format(ms);
}

/** "2026-01-31 14:03:07" in the reader's time zone. */
export function dateAndTime(ms) {
  return DATE_AND_TIME.format(ms);
}

/** The same with the zone: "2026-01-31 23:03:07 GMT+09:00 (Asia/Seoul)". */
export function exactly(ms) {
  return `${dateAndTime(ms)} ${offsetOf(OFFSET, ms)} (${ZONE})`;
}

function offsetOf(format, ms) {
  return format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

/**
 * A sentence of the server with its UTC times in the reader's zone: "since 11:53 UTC" as "since 20:53 GMT+9".
 * Without a date the time is the one nearest to now.
 */
export function inReadersZone(text, nowMs) {
  return text.replace(UTC_TIME, (_found, day, time) => {
    const at = day === undefined ? nearest(time, nowMs) : Date.parse(`${day}T${time}Z`);
    const local = day === undefined ? timeOfDay(at) : dateAndTime(at);
    return `${time.length === 5 ? local.slice(0, -3) : local} ${offsetOf(SHORT_OFFSET, at)}`;
  });
}

function nearest(time, nowMs) {
  const at = Date.parse(`${new Date(nowMs).toISOString().slice(0, 10)}T${time}Z`);
  return at - DAY_MS * Math.round((at - nowMs) / DAY_MS);
}
