/** The run page: takes events and draws everything, at most about ten times a second. */

import { serverClock } from "../clock.js";
import { Actions } from "./actions.js";
import { setText } from "./dom.js";
import { forecast } from "./forecast.js";
import { Header } from "./header.js";
import * as keyboard from "./keyboard.js";
import { Log } from "./log.js";
import { apply, empty } from "./model.js";
import { Plan } from "./plan.js";
import { Resources } from "./resources.js";
import { Stream } from "./stream.js";
import { Tabs } from "./tabs.js";
import { Timeline } from "./timeline.js";

const DRAW_EVERY_MS = 100;
const MOST_EXPLAINED = 5;

class Page {
  constructor(root) {
    this.root = root;
    this.facts = JSON.parse(document.getElementById("run-facts").textContent);
    this.clock = serverClock;
    this.model = empty();
    this.arrived = [];
    this.errorsExplained = 0;
    this.#parts();
    this.stream = new Stream({
      socketUrl: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${this.facts.socketPath}`,
      pollUrl: this.facts.eventsPath,
      onEvents: (events) => this.#take(events),
      onState: (state) => this.#connection(state),
    });
  }

  #parts() {
    const { root } = this;
    this.header = new Header(root, this.facts);
    this.tabs = new Tabs(root, (label) => this.header.tabIs(label));
    this.log = new Log(root.querySelector("[data-log]"));
    this.timeline = new Timeline(root.querySelector("[data-phases]"));
    this.resources = new Resources(root.querySelector("[data-resources]"), (address) => {
      this.log.showOnly(`@resource:${address}`);
    });
    this.plan = new Plan(root);
    this.actions = new Actions(root);
    this.announcer = root.querySelector("[data-announce]");
    root.addEventListener("click", ({ target }) => this.#clicked(target));
    keyboard.listen({ log: this.log, tabs: this.tabs, help: document.getElementById("run-keys") });
  }

  start() {
    this.root.dataset.isLive = "1";
    this.stream.start();
    window.addEventListener("online", () => this.stream.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.stream.hurry());
    setInterval(() => this.#tick(), 1000);
  }

  #take(events) {
    for (const event of events) {
      apply(this.model, event);
      this.#notice(event);
    }
    this.clock.seen(this.model.lastAt);
    this.arrived.push(events);
    this.#soon();
  }

  /** Events that change the server's parts of the page. Those before the page was rendered are in it already. */
  #notice(event) {
    const isNews = event.seq > this.facts.lastSeq;
    if (isNews && ["status", "portal", "sweep", "still_stopping"].includes(event.type)) {
      this.isChanged = true;
      setText(this.announcer, event.message);
    }
    // The server explains an error. After the first few, its explanation changes little.
    if (isNews && this.model.diagnostics.at(-1)?.seq === event.seq && event.level === "error") {
      this.errorsExplained += 1;
      this.isChanged ||= this.errorsExplained <= MOST_EXPLAINED;
    }
  }

  #connection(state) {
    this.header?.connectionIs(state);
    if (state.name === "complete" && this.facts.isFinal && this.model.status === "failed") {
      this.isSeekingError = location.hash === "";
    }
    if (state.name === "complete" && this.model.status === "applied" && this.facts.kind !== "destroy") {
      this.tabs.suggest("outputs");
    }
    this.#soon();
  }

  /** The page of a failed run starts at its first error. */
  #seekError() {
    this.isSeekingError = false;
    const first = this.model.diagnostics.find(({ level }) => level === "error");
    if (first !== undefined) {
      this.log.goTo(first.seq);
    }
  }

  #soon() {
    if (this.timer === undefined) {
      const wait = Math.max(0, DRAW_EVERY_MS - (performance.now() - (this.drawnAt ?? -DRAW_EVERY_MS)));
      this.timer = setTimeout(() => this.#draw(), wait);
    }
  }

  #draw() {
    this.timer = undefined;
    const now = this.clock.now();
    const arrived = this.arrived;
    this.arrived = [];
    if (arrived.length > 0) {
      this.log.append(arrived.length === 1 ? arrived[0] : arrived.flat());
      this.plan.draw(this.model);
    }
    this.#drawTimes(now, { isTick: arrived.length === 0 });
    if (this.isSeekingError) {
      this.#seekError();
    }
    if (this.isChanged) {
      this.isChanged = false;
      this.actions.refresh(now);
    }
    this.drawnAt = performance.now();
  }

  #drawTimes(now, { isTick }) {
    if (this.model.cursor === 0) {
      // No event has arrived: what the server rendered is better than an empty model.
      this.header.drawConnection(this.model, now);
      return;
    }
    this.timeline.draw(this.model, now);
    const expected = forecast(this.model, this.facts, now);
    this.resources.draw(this.model, now, { isTick, expected });
    const { inFlight } = this.header.draw(this.model, now, expected);
    this.actions.inFlightIs(inFlight, now);
    if (this.model.endedAt !== undefined) {
      this.actions.ended();
    }
  }

  #tick() {
    const now = this.clock.now();
    this.#drawTimes(now, { isTick: true });
    this.actions.refreshIfQuiet(this.header.quietMs(this.model, now) !== undefined, now);
  }

  #clicked(target) {
    const goes = target.closest("[data-goes-to]");
    if (goes !== null) {
      this.tabs.suggest("log");
      this.log.goTo(Number(goes.dataset.goesTo));
    }
    if (target.closest("[data-hurry]") !== null) {
      this.stream.hurry();
    }
    const shows = target.closest("[data-shows-tab]");
    if (shows !== null) {
      this.tabs.show(shows.dataset.showsTab, { isChosen: true });
    }
  }
}

new Page(document.querySelector("[data-run]")).start();
