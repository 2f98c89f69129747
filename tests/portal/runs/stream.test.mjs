import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";

import { linesOf } from "../../../portal/static/js/run/canonical.js";
import { Stream } from "../../../portal/static/js/run/stream.js";

const event = (seq) => ({ seq, at: "2026-01-01T00:00:00.000000Z", message: `line ${seq}`, data: {} });
const events = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
const frame = (from, to, known = to) => JSON.stringify({ events: events(from, to), last_seq: to, known });

function shaOf(count) {
  const text = JSON.stringify({ events: events(1, count) });
  return createHash("sha256").update(linesOf(text, JSON.parse(text)).join("")).digest("hex");
}

const NEVER = Symbol("an answer that never comes");

/** A world with its own clock: timers run in `pass`, the test controls the sockets. */
class World {
  constructor() {
    Object.assign(this, { sockets: [], timers: [], time: 0, answers: [], asked: [], seen: [] });
    this.stream = new Stream({
      socketUrl: "ws://portal/run/", pollUrl: "/events/", world: this,
      onEvents: (found) => this.seen.push(...found.map(({ seq }) => seq)),
      onState: (state) => { this.state = state; },
    });
  }

  socket(url) {
    const socket = { url, sent: [], isOpen: true, send: (text) => socket.sent.push(text), close: () => { socket.isOpen = false; } };
    this.sockets.push(socket);
    return socket;
  }

  fetch(url, { signal }) {
    this.asked.push(url);
    const answer = this.answers.shift();
    if (answer === NEVER) {
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    }
    return answer === undefined ? Promise.reject(new Error("away"))
      : Promise.resolve({ ok: (answer.status ?? 200) < 400, status: answer.status ?? 200, text: async () => answer.text });
  }

  later(act, ms) {
    const timer = { act, at: this.time + ms };
    this.timers.push(timer);
    return timer;
  }

  never(timer) { this.timers = this.timers.filter((other) => other !== timer); }
  random() { return 1; }
  now() { return this.time; }
  get last() { return this.sockets.at(-1); }

  /** Let time pass; timers run in their order. */
  async pass(ms) {
    const end = this.time + ms;
    for (;;) {
      await settled();
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) {
        break;
      }
      this.time = Math.max(this.time, next.at);
      this.never(next);
      next.act();
    }
    this.time = end;
  }
}

async function settled() {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}

/** A network that blocks sockets: three are lost, the first two events come over HTTP, and then these answers. */
const polling = async (...answers) => {
  const world = begun();
  world.answers.push({ text: frame(1, 2) }, ...answers);
  for (let round = 0; round < 3; round += 1) {
    world.last.onclose({ code: 1006 });
    await world.pass(round === 2 ? 10 : 4000);
  }
  return world;
};

const begun = () => {
  const world = new World();
  world.stream.start();
  return world;
};

describe("the stream", () => {
  it("passes on each event once and in order, and drops repeated ones", () => {
    const world = begun();

    world.last.onmessage({ data: frame(1, 3) });
    world.last.onmessage({ data: frame(2, 5) });

    assert.deepEqual(world.seen, [1, 2, 3, 4, 5]);
    assert.equal(world.stream.repeated, 2);
  });

  it("shows nothing of a frame after a gap, counts it, and reconnects with its cursor", async () => {
    const world = begun();
    world.last.onmessage({ data: frame(1, 3) });

    world.last.onmessage({ data: frame(5, 6) });
    await world.pass(500);

    assert.deepEqual(world.seen, [1, 2, 3]);
    assert.equal(world.stream.gaps, 1);
    assert.equal(world.last.url, "ws://portal/run/?after=3");
  });

  it("shows nothing of a frame with a gap inside", () => {
    const world = begun();

    world.last.onmessage({ data: JSON.stringify({ events: [event(1), event(3)], last_seq: 3, known: 3 }) });

    assert.deepEqual(world.seen, []);
    assert.equal(world.stream.gaps, 1);
  });

  it("ends verified when its count and SHA-256 equal the stored ones", () => {
    const world = begun();
    world.last.onmessage({ data: frame(1, 7) });

    world.last.onmessage({ data: JSON.stringify({ end: true, last_seq: 7, count: 7, sha256: shaOf(7) }) });

    assert.equal(world.state.name, "complete");
    assert.deepEqual([world.state.proof.isWhole, world.state.proof.isVerified], [true, true]);
  });

  it("reports it when the stored events are different", () => {
    const world = begun();
    world.last.onmessage({ data: frame(1, 7) });

    world.last.onmessage({ data: JSON.stringify({ end: true, last_seq: 7, count: 8, sha256: shaOf(8) }) });

    assert.deepEqual([world.state.proof.isWhole, world.state.proof.isVerified], [false, false]);
  });

  it("reconnects with growing delays", async () => {
    const world = begun();
    const waits = [];

    for (let round = 0; round < 2; round += 1) {
      world.last.onclose({ code: 1006 });
      waits.push(world.state.retryAt - world.time);
      await world.pass(waits.at(-1));
    }

    assert.deepEqual(waits, [500, 1000]);
    assert.equal(world.sockets.length, 3);
  });

  it("polls after three failures and continues at its cursor", async () => {
    const world = begun();
    world.answers.push({ text: frame(1, 4) }, { text: JSON.stringify({ events: [], last_seq: 4, known: 4, end: true, count: 4, sha256: shaOf(4) }) });

    for (let round = 0; round < 3; round += 1) {
      world.last.onclose({ code: 1006 });
      await world.pass(4000);
    }

    assert.deepEqual(world.seen, [1, 2, 3, 4]);
    assert.equal(world.asked[0], "/events/?after=0&limit=500&wait=15");
    assert.equal(world.state.proof.isVerified, true);
  });

  it("ends a poll that is never answered, and reports that it reconnects", async () => {
    const world = await polling(NEVER);

    await world.pass(20_000);
    const name = world.state.name;
    await world.pass(20_000);

    assert.equal(name, "polling");
    assert.equal(world.state.name, "reconnecting");
    assert.ok(world.timers.length > 0);
  });

  it("does not disturb an active poll when a person retries", async () => {
    const world = await polling(NEVER);
    const before = world.sockets.length;

    world.stream.hurry();

    assert.equal(world.sockets.length, before + 1);
    assert.equal(world.state.name, "connecting");
    world.last.onmessage({ data: frame(3, 4) });
    await world.pass(40_000);
    assert.deepEqual(world.seen, [1, 2, 3, 4]);
  });

  it("returns to polling if a socket never opens", async () => {
    const world = await polling(NEVER, { text: frame(3, 3) });
    world.stream.hurry();

    await world.pass(12_000);

    assert.deepEqual(world.seen, [1, 2, 3]);
  });

  it("stops finally if its cursor is refused over HTTP, too", async () => {
    const world = await polling({ status: 400, text: "{}" });

    await world.pass(1000);

    assert.equal(world.state.name, "stale");
  });

  it("tries a socket again after a minute of polling", async () => {
    const world = begun();
    for (let round = 0; round < 3; round += 1) {
      world.last.onclose({ code: 1006 });
      await world.pass(1000);
    }
    const before = world.sockets.length;

    await world.pass(90_000);

    assert.ok(world.asked.length > 3);
    assert.ok(world.sockets.length > before);
  });

  it("tries a socket at once when the portal is back after an absence", async () => {
    const world = begun();
    for (let round = 0; round < 3; round += 1) {
      world.last.onclose({ code: 1006 });
      await world.pass(1000);
    }
    const before = world.sockets.length;
    world.answers.push({ text: frame(1, 2) });

    await world.pass(15_000);

    assert.deepEqual(world.seen, [1, 2]);
    assert.equal(world.sockets.length, before + 1);
    assert.equal(world.last.url, "ws://portal/run/?after=2");
  });

  it("tries a socket at once after an outage if sockets have worked before", async () => {
    const world = begun();
    world.last.onmessage({ data: frame(1, 2) });
    world.answers.push({ text: frame(3, 3) });

    for (let round = 0; round < 3; round += 1) {
      world.last.onclose({ code: 1006 });
      await world.pass(round === 2 ? 10 : 4000);
    }

    assert.deepEqual(world.asked, ["/events/?after=2&limit=500&wait=0"]);
    assert.equal(world.last.url, "ws://portal/run/?after=3");
    world.last.onmessage({ data: JSON.stringify({ alive: true }) });
    assert.equal(world.state.name, "live");
  });

  it("assumes one outage for each socket that worked", async () => {
    const world = begun();
    world.last.onmessage({ data: frame(1, 2) });
    world.answers.push({ text: frame(3, 3) }, { text: frame(4, 4) }, NEVER);
    for (let round = 0; round < 3; round += 1) {
      world.last.onclose({ code: 1006 });
      await world.pass(round === 2 ? 10 : 4000);
    }
    const before = world.sockets.length;

    world.last.onclose({ code: 1006 });
    await world.pass(10_000);

    assert.equal(world.state.name, "polling");
    assert.equal(world.sockets.length, before);
  });

  it("is live as soon as a socket opens again, before the first frame", async () => {
    const world = begun();
    world.last.onopen();
    const first = world.state.name;
    world.last.onmessage({ data: frame(1, 2) });
    world.last.onclose({ code: 1006 });
    await world.pass(500);

    world.last.onopen();

    assert.deepEqual([first, world.state.name], ["connecting", "live"]);
  });

  it("is catching up when a socket opens again and events are missing", async () => {
    const world = begun();
    world.last.onmessage({ data: frame(1, 2, 9) });
    world.last.onclose({ code: 1006 });
    await world.pass(500);

    world.last.onopen();

    assert.equal(world.state.name, "catching-up");
  });

  it("never waits longer than fifteen seconds", async () => {
    const world = begun();
    for (let round = 0; round < 12; round += 1) {
      world.last.onclose?.({ code: 1006 });
      await world.pass(15_000);

      assert.ok((world.state.retryAt ?? world.time) - world.time <= 15_000);
    }
  });

  it("replaces a connection that has been silent for 35 s", async () => {
    const world = begun();
    const first = world.last;
    first.onmessage({ data: JSON.stringify({ alive: true, worker: "ok" }) });

    await world.pass(35_600);

    assert.equal(first.isOpen, false);
    assert.ok(world.sockets.length > 1);
  });

  it("stops when the server refuses it", () => {
    for (const [code, name] of [[4401, "signed-out"], [4403, "forbidden"], [4404, "forbidden"], [4400, "stale"]]) {
      const world = begun();

      world.last.onclose({ code });

      assert.equal(world.state.name, name);
      assert.equal(world.timers.length, 0);
    }
  });

  it("acknowledges received events, no more often than needed", () => {
    const world = begun();

    world.last.onmessage({ data: frame(1, 400, 1600) });
    world.last.onmessage({ data: frame(401, 800, 1600) });
    world.last.onmessage({ data: frame(801, 900, 1600) });
    world.last.onmessage({ data: frame(901, 1300, 1600) });

    assert.deepEqual(world.last.sent, ['{"ack":800}', '{"ack":1300}']);
  });

  it("reports the state of the worker", () => {
    const world = begun();

    world.last.onmessage({ data: JSON.stringify({ alive: true, worker: "silent since 2026-01-01T00:00:00Z" }) });

    assert.equal(world.state.worker, "silent since 2026-01-01T00:00:00Z");
  });
});
