/** Moments: the server's clock, and dates and times in the reader's own time zone. One for every page. */

/**
 * The server's clock. Events carry the server's time; a laptop that is four minutes fast must not show
 * a resource as four minutes old.
 */
export class ServerClock {
  /** `serverMs` is the server's time when this page's first byte arrived. */
  constructor(serverMs, { receivedAtMs = responseStart() } = {}) {
    this.skew = Number.isFinite(serverMs) ? serverMs - receivedAtMs : 0;
    this.latest = -Infinity;
  }

  /** ms since the epoch. It never runs backwards, whatever somebody does to the computer's clock. */
  now() {
    this.latest = Math.max(this.latest, Date.now() + this.skew);
    return this.latest;
  }

  /** An event cannot come from the future: the estimate was too low by that much. */
  seen(eventMs) {
    this.skew = Math.max(this.skew, eventMs - Date.now());
  }
}

function responseStart() {
  const [navigation] = performance.getEntriesByType("navigation");
  return performance.timeOrigin + (navigation?.responseStart ?? 0);
}

/** The page's clock: every duration and every "ago" on it goes by this one. */
export const serverClock = new ServerClock(Number(globalThis.document?.body?.dataset.now ?? NaN));

// The same order of digits for everybody, as in the log and the exports; the zone is the reader's own.
const PARTS = {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  hourCycle: "h23",
};
const DATE_AND_TIME = new Intl.DateTimeFormat("sv-SE", PARTS);
const TIME = new Intl.DateTimeFormat("sv-SE", { hour: PARTS.hour, minute: PARTS.minute, second: PARTS.second,
  hourCycle: PARTS.hourCycle });
const OFFSET = new Intl.DateTimeFormat("en", { timeZoneName: "longOffset" });
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
  const offset = OFFSET.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
  return `${dateAndTime(ms)} ${offset} (${ZONE})`;
}
