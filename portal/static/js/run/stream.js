/**
 * The run's events, each exactly once and in order, whatever the network does.
 *
 * The cursor lives here. A socket that breaks is opened again with it, after 0.5 s doubling to 15 s; after
 * three failures without a single event the HTTP twin takes over, and a socket is tried again every minute.
 * What is shown at the end is proved: the count and the SHA-256 over all canonical lines.
 */

import { linesOf } from "./canonical.js";
import { Sha256 } from "./sha256.js";
import { browserWorld } from "./stream_world.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const FAILURES_BEFORE_POLLING = 3;
const SOCKET_RETRY_MS = 60_000;
// A quarter of how far the server goes ahead of what is acknowledged (portal/live/streaming.py).
const ACK_EVERY = 500;
// The server sends a heartbeat every 10 s: longer silence is a dead connection.
const DEAD_AFTER_MS = 35_000;
// A handshake without an answer: the HTTP twin can be asked instead.
const OPEN_WITHIN_MS = 10_000;
// The portal's own close codes (portal/live/close_codes.py) after which trying again is hopeless.
const REFUSALS = { 4401: "signed-out", 4403: "forbidden", 4404: "forbidden", 4400: "stale" };
const TOO_MANY = 4429;
const LIVED_LONG_ENOUGH = 4408;
const HTTP_REFUSALS = { 400: "stale", 401: "signed-out", 403: "forbidden", 404: "forbidden" };

export class Stream {
  /**
   * @param {{socketUrl: string, pollUrl: string, onEvents: (events: object[]) => void,
   *   onState: (state: object) => void, world?: import("./stream_world.js").World}} options
   *   Both addresses are given without a cursor. `onState` gets {name, behind, retryAt, gaps, worker, proof}.
   */
  constructor({ socketUrl, pollUrl, onEvents, onState, world = browserWorld() }) {
    Object.assign(this, { socketUrl, pollUrl, onEvents, onState, world });
    this.last = 0;
    this.known = 0;
    this.acknowledged = 0;
    this.failures = 0;
    this.gaps = 0;
    this.reconnects = 0;
    this.repeated = 0;
    this.digest = new Sha256();
    /** The last report on the run's worker: "ok", "none", "unknown", "silent since <time>". */
    this.worker = undefined;
    this.isOver = false;
    /** The portal did not answer: when it does again, a socket is tried at once. */
    this.wasAway = false;
    /** A socket has worked, so the network lets sockets through. */
    this.hasWorked = false;
    this.#state("connecting");
  }

  start() {
    this.#connect();
  }

  /** Connect now instead of after the wait: the network is back, or a person asked. */
  hurry() {
    if (this.timer !== undefined || this.asking !== undefined) {
      this.world.never(this.timer);
      this.#connect();
    }
  }

  /** Close for good. */
  stop() {
    this.isOver = true;
    this.world.never(this.timer);
    this.#leave();
  }

  // -- the socket

  #connect() {
    this.timer = undefined;
    this.#leave();
    if (this.isOver) {
      return;
    }
    this.#state("connecting");
    const socket = this.world.socket(`${this.socketUrl}?after=${this.last}`);
    this.socket = socket;
    socket.onmessage = ({ data }) => this.socket === socket && this.#take(data);
    socket.onclose = ({ code }) => this.socket === socket && this.#lost(code);
    socket.onopen = () => this.socket === socket && this.#opened(socket);
    this.#watch(socket, OPEN_WITHIN_MS);
  }

  /** After a break the page is live at once: without news the first frame is a heartbeat, up to 10 s later. */
  #opened(socket) {
    this.#watch(socket);
    if (this.last > 0) {
      this.#state(this.last < this.known ? "catching-up" : "live");
    }
  }

  #watch(socket, ms = DEAD_AFTER_MS) {
    this.world.never(this.watch);
    this.watch = this.world.later(() => {
      if (this.socket === socket) {
        this.#leave();
        this.#lost(0);
      }
    }, ms);
  }

  #leave() {
    const socket = this.socket;
    this.socket = undefined;
    this.asking?.abort();
    this.asking = undefined;
    this.world.never(this.watch);
    if (socket !== undefined) {
      socket.close();
    }
  }

  #take(text) {
    const frame = JSON.parse(text);
    this.failures = 0;
    this.hasWorked = true;
    this.#watch(this.socket);
    this.worker = frame.worker ?? this.worker;
    if (!this.#receive(text, frame)) {
      this.#again();
      return;
    }
    if (frame.end) {
      this.#finish(frame);
      return;
    }
    this.#acknowledge();
    this.#state(this.last < this.known ? "catching-up" : "live");
  }

  #acknowledge() {
    if (this.last - this.acknowledged >= ACK_EVERY) {
      this.acknowledged = this.last;
      this.socket.send(JSON.stringify({ ack: this.last }));
    }
  }

  #lost(code) {
    this.socket = undefined;
    if (this.isOver) {
      return;
    }
    if (REFUSALS[code]) {
      this.#refused(REFUSALS[code]);
      return;
    }
    this.failures += code === LIVED_LONG_ENOUGH ? 0 : 1;
    if (this.failures >= FAILURES_BEFORE_POLLING || code === TOO_MANY) {
      // Sockets worked before, so this is an outage and no network that blocks them. Believed once per socket
      // that works: a network may begin to block them.
      this.wasAway ||= this.hasWorked && code !== TOO_MANY;
      this.hasWorked = false;
      this.#poll(this.world.now() + SOCKET_RETRY_MS);
    } else {
      this.#again();
    }
  }

  #again() {
    this.#leave();
    this.reconnects += 1;
    const wait = this.#wait();
    this.#state("reconnecting", { retryAt: this.world.now() + wait });
    this.timer = this.world.later(() => this.#connect(), wait);
  }

  #wait() {
    const doubled = FIRST_WAIT_MS * 2 ** Math.max(0, this.failures - 1);
    // Jitter on the upper half: a hundred viewers of a restarted server must not return at the same moment.
    return Math.min(LONGEST_WAIT_MS, doubled) * (0.5 + this.world.random() / 2);
  }

  // -- the HTTP twin

  async #poll(socketAt) {
    const asking = new AbortController();
    this.asking = asking;
    const answer = await this.#ask(asking);
    if (this.isOver || this.asking !== asking) {
      return; // a socket is tried instead
    }
    this.asking = undefined;
    if (answer.refusal !== undefined) {
      this.#refused(answer.refusal);
    } else if (answer.frame === undefined) {
      this.failures += 1;
      this.wasAway = true;
      this.#waitToPoll(socketAt);
    } else {
      this.#takePolled(answer, socketAt);
    }
  }

  async #ask(asking) {
    // An answer may take as long as the request asks for; one that never comes ends here.
    const limit = this.world.later(() => asking.abort(), DEAD_AFTER_MS);
    try {
      const url = `${this.pollUrl}?after=${this.last}&limit=500&wait=${this.wasAway || this.last < this.known ? 0 : 15}`;
      const response = await this.world.fetch(url, {
        headers: { accept: "application/json" }, signal: asking.signal,
      });
      if (!response.ok) {
        return { refusal: HTTP_REFUSALS[response.status] };
      }
      const text = await response.text();
      return { text, frame: JSON.parse(text) };
    } catch {
      return {};
    } finally {
      this.world.never(limit);
    }
  }

  #waitToPoll(socketAt) {
    const wait = this.#wait();
    this.#state("reconnecting", { retryAt: this.world.now() + wait });
    this.timer = this.world.later(() => this.#pollOrConnect(socketAt), wait);
  }

  #takePolled({ text, frame }, socketAt) {
    this.failures = FAILURES_BEFORE_POLLING - 1;
    this.#receive(text, frame);
    if (frame.end && this.last >= this.known) {
      this.#finish(frame);
      return;
    }
    this.#state(this.last < this.known ? "catching-up" : "polling");
    // The portal was away and answers again, so a socket will probably open.
    const next = this.wasAway ? this.world.now() : socketAt;
    this.wasAway = false;
    this.timer = this.world.later(() => this.#pollOrConnect(next), 0);
  }

  #pollOrConnect(socketAt) {
    this.timer = undefined;
    if (this.world.now() >= socketAt) {
      this.#connect();
    } else {
      this.#poll(socketAt);
    }
  }

  // -- received events

  /** Take the events after the cursor. False: events are missing before them, and none was taken. */
  #receive(text, frame) {
    this.known = Math.max(this.known, frame.known ?? frame.last_seq ?? 0);
    const events = frame.events ?? [];
    const fresh = events.findIndex((event) => event.seq > this.last);
    this.repeated += fresh === -1 ? events.length : fresh;
    if (fresh === -1) {
      return true;
    }
    if (!isDense(events, fresh, this.last)) {
      this.gaps += 1;
      return false;
    }
    this.digest.update(linesOf(text, frame).slice(fresh).join(""));
    this.last = events.at(-1).seq;
    this.known = Math.max(this.known, this.last);
    this.onEvents(fresh === 0 ? events : events.slice(fresh));
    return true;
  }

  #finish({ count, sha256 }) {
    this.isOver = true;
    this.#leave();
    const proof = { received: this.last, count: count ?? this.known, sha256, own: this.digest.hex() };
    proof.isWhole = proof.received === proof.count;
    proof.isVerified = proof.isWhole && proof.own === sha256;
    this.#state("complete", { proof });
  }

  #refused(name) {
    this.isOver = true;
    this.#leave();
    this.#state(name);
  }

  #state(name, more = {}) {
    this.name = name;
    this.onState({ name, behind: Math.max(0, this.known - this.last), gaps: this.gaps, worker: this.worker, ...more });
  }
}

function isDense(events, from, last) {
  for (let index = from, expected = last + 1; index < events.length; index += 1, expected += 1) {
    if (events[index].seq !== expected) {
      return false;
    }
  }
  return true;
}
