/** Sockets, requests, timers, chance and time for stream.js, from the browser. */

/**
 * What a stream needs; tests give their own.
 * @typedef {object} World
 * @property {(url: string) => WebSocket} socket
 * @property {(url: string, options: object) => Promise<Response>} fetch
 * @property {(act: () => void, ms: number) => *} later  and its undoing:
 * @property {(timer: *) => void} never
 * @property {() => number} random  0 to 1
 * @property {() => number} now  milliseconds
 */

/** @returns {World} */
export function browserWorld() {
  return {
    socket: (url) => new WebSocket(url),
    fetch: (url, options) => fetch(url, options),
    later: (act, ms) => setTimeout(act, ms),
    never: (timer) => clearTimeout(timer),
    random: Math.random,
    now: () => Date.now(),
  };
}
