/** Durations in words, and the marks of a time axis. */

import { number, sentence } from "../i18n.js";

/** "0.4 s", "12 s", "3 min 05 s", "1 h 2 min": as the server writes them (portal/templatetags/parts.py). */
export function duration(ms) {
  if (ms === undefined || Number.isNaN(ms)) {
    return "";
  }
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 9.95) {
    return sentence("%(seconds)s s", { seconds: number(seconds, 1) });
  }
  return whole(seconds);
}

/** As `duration`, in whole seconds: for what ticks. */
export function ticking(ms) {
  return whole(Math.max(0, ms / 1000));
}

/** An estimate: "5 s", "50 s", "2 min". */
export function roughly(ms) {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 10) {
    return sentence("%(seconds)s s", { seconds: Math.max(1, Math.round(seconds)) });
  }
  return seconds < 95
    ? sentence("%(seconds)s s", { seconds: Math.round(seconds / 5) * 5 })
    : sentence("%(minutes)s min", { minutes: Math.round(seconds / 60) });
}

function whole(seconds) {
  const total = Math.floor(seconds + 1e-6);
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  if (hours > 0) {
    return sentence("%(hours)s h %(minutes)s min", { hours, minutes });
  }
  return minutes > 0
    ? sentence("%(minutes)s min %(seconds)s s", { minutes, seconds: two(rest) })
    : sentence("%(seconds)s s", { seconds: rest });
}

/** The end of a time axis that holds `ms`: a round number that stays for a while, so that bars do not shrink all the time. */
export function roundUp(ms) {
  const steps = [5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700, 3600];
  const seconds = ms / 1000;
  const step = steps.find((candidate) => candidate >= seconds);
  return 1000 * (step ?? Math.ceil(seconds / 3600) * 3600);
}

/** Where to put marks on an axis of `ms`: about `wanted` of them, at round times. */
export function marks(ms, wanted) {
  const steps = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200];
  const step = 1000 * (steps.find((candidate) => ms / 1000 / candidate <= wanted) ?? 14_400);
  return Array.from({ length: Math.floor(ms / step) + 1 }, (_, index) => index * step);
}

/** A mark's name, short and the same in every language: "0:30", "2:00", "1:05:00". */
export function markName(ms) {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${two(minutes)}:${rest}`;
}

function two(value) {
  return String(value).padStart(2, "0");
}
