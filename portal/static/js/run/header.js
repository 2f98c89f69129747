/** What is always in sight: elapsed time, progress, the connection, the tab's title and icon. */

import { setAttribute, setText } from "./dom.js";
import { progress } from "./model.js";
import { duration, roughly, ticking } from "./times.js";

const QUIET_MS = 30_000;
// Of the chain that decided a run's time, what took less is not worth a name.
const LONG_MS = 1000;

export class Header {
  /** @param {HTMLElement} page  @param {object} facts  what the server says of the run */
  constructor(page, facts) {
    this.facts = facts;
    this.part = (name) => page.querySelector(`[data-${name}]`);
    this.title = document.title;
    this.connection = { name: "connecting", behind: 0, gaps: 0 };
    this.icon = document.querySelector("link[rel=icon]");
    this.iconHref = this.icon?.href;
  }

  connectionIs(state) {
    this.connection = state;
    const since = /^silent since (.+)$/.exec(state.worker ?? "");
    this.workerSilentSince = since === null ? undefined : Date.parse(since[1]);
  }

  /** @param {object} expected  see forecast.js  @returns {object} the progress it has drawn */
  draw(model, now, expected) {
    const counts = progress(model);
    this.#elapsed(model, now);
    this.#left(model, now, expected);
    this.#bar(model, counts, now);
    this.drawConnection(model, now);
    this.#tab(model, counts);
    return counts;
  }

  /** Since when nothing was heard of a run that should be speaking; undefined otherwise. */
  quietMs(model, now) {
    const isWorking = model.status === "planning" || model.status === "applying";
    const quiet = now - (model.lastAt ?? now);
    return isWorking && model.endedAt === undefined && quiet >= QUIET_MS ? quiet : undefined;
  }

  #elapsed(model, now) {
    const from = model.firstAt ?? this.facts.queuedAt;
    setText(this.part("elapsed"), ticking((model.endedAt ?? now) - from));
  }

  /** How long it still takes; and once it is over, what decided how long it took. */
  #left(model, now, { endsAt, chain }) {
    const isForeseen = endsAt > now && this.quietMs(model, now) === undefined;
    const words = { applying: "left", approved: "to go", planned: "once it is approved" }[model.status];
    setText(this.part("left"), isForeseen && words !== undefined ? `about ${roughly(endsAt - now)} ${words}` : "");
    const longest = model.status === "applied" ? chain.map((address) => model.resources.get(address)) : [];
    const told = longest.filter(({ from, to }) => to - from >= LONG_MS);
    setText(this.part("chain"), told.length === 0 ? ""
      : `Decided by ${told.map(({ address, from, to }) => `${address} ${duration(to - from)}`).join(", then ")}.`);
  }

  #bar(model, counts, now) {
    const { total, done, failed, unfinished, running } = counts;
    const share = (count) => `${total === 0 ? 0 : (count / total) * 100}%`;
    this.part("bar").hidden = total === 0;
    this.part("bar-done").style.width = share(done);
    this.part("bar-failed").style.width = share(failed + unfinished);
    this.part("bar-running").style.width = share(running);
    setAttribute(this.part("bar"), "aria-valuemax", String(total));
    setAttribute(this.part("bar"), "aria-valuenow", String(done));
    setText(this.part("done"), total === 0 ? "" : `${done} of ${total}`);
    setText(this.part("now"), this.#now(model, counts, now));
  }

  #now(model, { inFlight, total, done, failed, unfinished }, now) {
    const quiet = this.quietMs(model, now);
    if (inFlight.length > 0) {
      const named = inFlight.slice(0, 3).map(({ address, from }) => `${address} ${ticking(now - from)}`);
      const more = inFlight.length > 3 ? ` and ${inFlight.length - 3} more` : "";
      return `${quiet === undefined ? "Now" : `Quiet for ${ticking(quiet)}; still`}: ${named.join(", ")}${more}`;
    }
    if (quiet !== undefined) {
      return `Quiet for ${ticking(quiet)}; Terraform is still at work.`;
    }
    if (model.endedAt !== undefined && total > 0) {
      const lost = failed + unfinished;
      return lost > 0 ? `${done} made, ${lost} not, ${total - done - lost} never begun.` : "";
    }
    // A worker has it already, and has said nothing of a phase yet.
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
    const number = (value) => value.toLocaleString("en");
    const gapWords = gaps > 0 ? ` Gaps met and closed: ${gaps}.` : "";
    switch (name) {
      case "complete":
        return completeWords(proof, number);
      case "reconnecting":
        return { tone: "wait", word: `Reconnecting in ${Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))} s`,
          title: `The connection broke. Everything shown stays; it goes on after event ${number(model.cursor)}.` };
      case "catching-up":
        return { tone: "busy", word: `Catching up, ${number(behind)} to go`, title: "Earlier events are coming in." };
      case "signed-out":
        return { tone: "bad", word: "Signed out", title: "Your session has ended. Sign in to go on watching." };
      case "forbidden":
        return { tone: "bad", word: "No longer yours to see", title: "Your access to this run has ended." };
      case "stale":
        return { tone: "bad", word: "Out of date", title: "The stored story is another one. Reload the page." };
      case "connecting":
        return { tone: "quiet", word: "Connecting", title: "The page opens its connection." };
      default:
        return this.#liveWords(model, now, name, gapWords);
    }
  }

  #liveWords(model, now, name, gapWords) {
    if (this.workerSilentSince !== undefined && model.endedAt === undefined) {
      return { tone: "alert", word: `Worker silent for ${ticking(now - this.workerSilentSince)}`,
        title: "The connection is fine, but the worker of this run has stopped reporting." };
    }
    const quiet = this.quietMs(model, now);
    if (quiet !== undefined) {
      return { tone: "wait", word: `Live, quiet for ${ticking(quiet)}`, title: "Connected; Terraform says nothing new." };
    }
    const way = name === "polling" ? "By polling: no socket could be opened." : "Over a socket.";
    return { tone: "ok", word: name === "polling" ? "Live, polling" : "Live", title: `${way}${gapWords}` };
  }

  #tab(model, { total, done }) {
    const { label } = this.facts.statuses[model.status] ?? {};
    const isApplying = model.status === "applying" && total > 0;
    const front = isApplying ? `${done}/${total} ` : label ? `${label}: ` : "";
    const title = `${front}${this.title}`;
    if (document.title !== title) {
      document.title = title;
    }
    this.#drawIcon(isApplying ? done / total : undefined, this.facts.statuses[model.status]?.tone);
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

function completeWords(proof, number) {
  const counted = `${number(proof.received)} of ${number(proof.count)}`;
  if (proof.isVerified) {
    return { tone: "ok", word: `Complete, ${counted}, verified`, title: `SHA-256 ${proof.own}, as stored.` };
  }
  const reason = proof.isWhole ? `SHA-256 here ${proof.own}, stored ${proof.sha256}.` : "Events are missing.";
  return { tone: "bad", word: proof.isWhole ? `${counted}, but not as stored` : `Incomplete, ${counted}`,
    title: `${reason} Reload the page; if it stays, tell an admin.` };
}

/** A ring that closes with the progress, or a full disc in the colour of the status. */
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
