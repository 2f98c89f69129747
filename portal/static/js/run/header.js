/** What is always visible: elapsed time, progress, the connection, the title and icon of the browser tab. */

import { gettext, list, number, sentence, sentencePlural } from "../i18n.js";
import { setAttribute, setText } from "./dom.js";
import { progress } from "./model.js";
import { duration, roughly, ticking } from "./times.js";
import { ahead, filled, shares } from "./weights.js";

const QUIET_MS = 30_000;
// Of the chain that decided a run's time, shorter ones are not named.
const LONG_MS = 1000;

export class Header {
  /** @param {HTMLElement} page  @param {object} facts  facts of the run from the server */
  constructor(page, facts) {
    this.facts = facts;
    this.part = (name) => page.querySelector(`[data-${name}]`);
    this.title = document.title;
    this.share = 0;
    this.connection = { name: "connecting", behind: 0, gaps: 0 };
    this.icon = document.querySelector("link[rel=icon]");
    this.iconHref = this.icon?.href;
  }

  connectionIs(state) {
    this.connection = state;
    const since = /^silent since (.+)$/.exec(state.worker ?? "");
    this.workerSilentSince = since === null ? undefined : Date.parse(since[1]);
  }

  /** Name the tab in the title of the page. */
  tabIs(label) {
    this.tab = label;
    this.#title();
  }

  /** @param {object} expected  see forecast.js  @returns {object} the progress it has drawn */
  draw(model, now, expected) {
    const counts = progress(model);
    this.#elapsed(model, now);
    this.#left(model, now, expected);
    this.#bar(model, counts, now, expected);
    this.drawConnection(model, now);
    this.#tab(model, counts);
    return counts;
  }

  /** For how long a working run has sent no event, from 30 s on; undefined otherwise. */
  quietMs(model, now) {
    const isWorking = model.status === "planning" || model.status === "applying";
    const quiet = now - (model.lastAt ?? now);
    return isWorking && model.endedAt === undefined && quiet >= QUIET_MS ? quiet : undefined;
  }

  #elapsed(model, now) {
    const from = model.firstAt ?? this.facts.queuedAt;
    setText(this.part("elapsed"), ticking((model.endedAt ?? now) - from));
  }

  /** The remaining time; after the end, the resources that decided the duration. */
  #left(model, now, { endsAt, chain }) {
    const isForeseen = endsAt > now && this.quietMs(model, now) === undefined;
    setText(this.part("left"), isForeseen ? leftWords(model.status, roughly(endsAt - now)) : "");
    const longest = model.status === "applied" ? chain.map((address) => model.resources.get(address)) : [];
    const named = longest.filter(({ from, to }) => to - from >= LONG_MS);
    const links = named.map(({ address, from, to }) => `${address} (${duration(to - from)})`);
    setText(this.part("chain"), links.length === 0 ? ""
      : sentence("Critical path: %(resources)s.", { resources: links.join(" → ") }));
  }

  /** The bar goes by time: a database of a minute counts more than a rule of a security group. */
  #bar(model, counts, now, expected) {
    const { total, done } = counts;
    const share = ahead(shares(model, expected, now), this.share);
    const percent = (part) => `${(part * 100).toFixed(2)}%`;
    this.share = filled(share);
    this.part("bar").hidden = total === 0;
    this.part("bar-done").style.width = percent(share.done);
    this.part("bar-failed").style.width = percent(share.failed);
    this.part("bar-running").style.width = percent(share.running);
    const words = total === 0 ? "" : sentence("%(done)s of %(total)s", { done: number(done), total: number(total) });
    setAttribute(this.part("bar"), "aria-valuenow", String(Math.round(this.share * 100)));
    setAttribute(this.part("bar"), "aria-valuetext", words);
    setText(this.part("done"), words);
    setText(this.part("now"), this.#now(model, counts, now));
  }

  #now(model, { inFlight, total, done, failed, unfinished }, now) {
    const quiet = this.quietMs(model, now);
    if (inFlight.length > 0) {
      const resources = named(inFlight, now);
      return quiet === undefined ? sentence("Now: %(resources)s", { resources })
        : sentence("No output for %(time)s. In flight: %(resources)s", { time: ticking(quiet), resources });
    }
    if (quiet !== undefined) {
      return sentence("No output for %(time)s. Terraform is still working.", { time: ticking(quiet) });
    }
    if (model.endedAt !== undefined && total > 0) {
      const lost = failed + unfinished;
      const values = { done: number(done), failed: number(lost), rest: number(total - done - lost) };
      return lost > 0 ? sentence("%(done)s done, %(failed)s failed, %(rest)s not started.", values) : "";
    }
    // A worker has claimed the run, and has not reported a phase yet.
    const phase = model.phase === "queue" && !["", "queued"].includes(model.status) ? "init" : model.phase;
    return this.facts.phaseWords[phase] ?? "";
  }

  drawConnection(model, now) {
    const { tone, word, title } = this.#wordFor(model, now);
    const chip = this.part("connection");
    setAttribute(chip, "data-tone", tone);
    setAttribute(chip, "data-name", this.connection.name);
    setAttribute(chip, "title", title);
    setText(this.part("connection-word"), word);
    this.part("hurry").hidden = this.connection.retryAt === undefined;
  }

  #wordFor(model, now) {
    const { name, behind, retryAt, gaps, proof } = this.connection;
    switch (name) {
      case "complete":
        return completeWords(proof);
      case "reconnecting":
        return { tone: "wait", word: sentence("Reconnecting in %(seconds)s s", { seconds: secondsUntil(retryAt) }),
          title: sentence("The connection was lost. The page continues after event %(event)s.",
            { event: number(model.cursor) }) };
      case "catching-up":
        return { tone: "busy", word: sentence("Catching up, %(events)s to go", { events: number(behind) }),
          title: gettext("Earlier events are loading.") };
      case "signed-out":
        return { tone: "bad", word: gettext("Signed out"), title: gettext("Your session has ended. Sign in again to follow this run.") };
      case "forbidden":
        return { tone: "bad", word: gettext("No access"), title: gettext("Your access to this run has ended.") };
      case "stale":
        return { tone: "bad", word: gettext("Out of date"), title: gettext("The stored events are different. Reload the page.") };
      case "connecting":
        return { tone: "quiet", word: gettext("Connecting"), title: gettext("The page opens its connection.") };
      default:
        return this.#liveWords(model, now, name, gaps);
    }
  }

  #liveWords(model, now, name, gaps) {
    if (this.workerSilentSince !== undefined && model.endedAt === undefined) {
      return { tone: "alert", word: sentence("No sign of the worker for %(time)s", { time: ticking(now - this.workerSilentSince) }),
        title: gettext("The connection is fine, but the worker of this run has stopped reporting.") };
    }
    const quiet = this.quietMs(model, now);
    if (quiet !== undefined) {
      return { tone: "wait", word: sentence("Live, no output for %(time)s", { time: ticking(quiet) }),
        title: gettext("The page is connected. Terraform has printed nothing new.") };
    }
    const way = name === "polling" ? gettext("By polling: no WebSocket could be opened.") : gettext("Over a WebSocket.");
    const closed = gaps > 0 ? sentencePlural("%(count)s gap was closed.", "%(count)s gaps were closed.", gaps) : "";
    return { tone: "ok", word: name === "polling" ? gettext("Live, polling") : gettext("Live"),
      title: `${way} ${closed}`.trim() };
  }

  #tab(model, { total, done }) {
    const { label } = this.facts.statuses[model.status] ?? {};
    const isApplying = model.status === "applying" && total > 0;
    this.status = isApplying ? `${number(done)}/${number(total)}` : label;
    this.#title();
    this.#drawIcon(isApplying ? this.share : undefined, this.facts.statuses[model.status]?.tone);
  }

  #title() {
    const page = this.tab ? sentence("%(page)s, %(tab)s", { page: this.title, tab: this.tab }) : this.title;
    const title = this.status ? sentence("%(status)s: %(page)s", { status: this.status, page }) : page;
    if (document.title !== title) {
      document.title = title;
    }
  }

  #drawIcon(share, tone) {
    const key = `${share === undefined ? "" : Math.round(share * 24)} ${tone}`;
    if (this.icon === null || key === this.iconKey) {
      return;
    }
    this.iconKey = key;
    this.icon.type = "image/png";
    this.icon.href = iconFor(share, TONES[tone] ?? TONES.quiet);
  }
}

const TONES = { ok: "#16935a", busy: "#3d6ae6", wait: "#d18a12", bad: "#c9352c", alert: "#dd6b20", quiet: "#9aa1ae" };

function leftWords(status, time) {
  switch (status) {
    case "applying":
      return sentence("about %(time)s left", { time });
    case "approved":
      return sentence("about %(time)s to go", { time });
    case "planned":
      return sentence("about %(time)s after the approval", { time });
    default:
      return "";
  }
}

/** The first three resources in flight, with their times, and how many more there are. */
function named(inFlight, now) {
  const names = inFlight.slice(0, 3).map(({ address, from }) => `${address} ${ticking(now - from)}`);
  const more = inFlight.length - names.length;
  return list(more > 0 ? [...names, sentencePlural("%(count)s more", "%(count)s more", more)] : names);
}

function secondsUntil(ms) {
  return Math.max(0, Math.ceil((ms - Date.now()) / 1000));
}

function completeWords(proof) {
  const counts = { received: number(proof.received), count: number(proof.count) };
  if (proof.isVerified) {
    return { tone: "ok", word: sentence("Complete, %(received)s of %(count)s, verified", counts),
      title: sentence("SHA-256 %(digest)s, as stored.", { digest: proof.own }) };
  }
  if (!proof.isWhole) {
    return { tone: "bad", word: sentence("Incomplete, %(received)s of %(count)s", counts),
      title: gettext("Events are missing. Reload the page. If this stays, contact an admin.") };
  }
  return { tone: "bad", word: sentence("%(received)s of %(count)s, but different from the stored events", counts),
    title: sentence("SHA-256 here %(own)s, stored %(stored)s. Reload the page. If this stays, contact an admin.",
      { own: proof.own, stored: proof.sha256 }) };
}

/** A circle that closes with the progress, or a full disc in the color of the status. */
function iconFor(share, color) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  pen.lineWidth = 14;
  pen.strokeStyle = "#9aa1ae66";
  pen.beginPath();
  pen.arc(32, 32, 24, 0, 2 * Math.PI);
  pen.stroke();
  pen.strokeStyle = pen.fillStyle = color;
  pen.beginPath();
  if (share === undefined) {
    pen.arc(32, 32, 28, 0, 2 * Math.PI);
    pen.fill();
  } else {
    pen.arc(32, 32, 24, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * Math.max(0.02, share));
    pen.stroke();
  }
  return canvas.toDataURL();
}
