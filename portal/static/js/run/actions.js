/**
 * The parts that the server renders: buttons, attention, outputs. They are fetched again as a fragment when the
 * run's status changes, so that the page never offers what would be refused.
 */

import { element } from "./dom.js";
import { ticking } from "./times.js";

const QUIET_REFRESH_MS = 10_000;
const RETRY_MS = 3000;

export class Actions {
  /** @param {HTMLElement} page */
  constructor(page) {
    this.page = page;
    this.refreshedAt = 0;
    for (const type of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
      page.addEventListener(type, (event) => this.#failed(event));
    }
    page.addEventListener("click", ({ target }) => target.closest("[data-opens='cancel-run']") && this.#listInFlight());
  }

  /** The status has changed: fetch the fragment. */
  refresh(now) {
    this.refreshedAt = now;
    // "Stop requested." and the like were true before the change; a refusal stays until the page is left.
    for (const message of document.querySelectorAll(".messages .notice[data-tone=ok], .messages .notice[data-tone=busy]")) {
      message.remove();
    }
    document.body.dispatchEvent(new CustomEvent("run-changed"));
  }

  /** The run is over: it is no longer stopping, even before the fragment that shows it has arrived. */
  ended() {
    this.page.querySelector("[data-stopping]")?.remove();
  }

  /** No event for a while: is the worker alive? An open dialog is not replaced. */
  refreshIfQuiet(isQuiet, now) {
    const isOpen = this.page.querySelector("dialog[open]") !== null;
    if (isQuiet && !isOpen && now - this.refreshedAt > QUIET_REFRESH_MS) {
      this.refresh(now);
    }
  }

  /** Keep the resources in flight for the dialog that confirms a cancel; count them in a stopping run. */
  inFlightIs(resources, now) {
    this.inFlight = resources.map(({ address, from }) => `${address} (${ticking(now - from)})`);
    const count = this.page.querySelector("[data-in-flight-count]");
    if (count !== null) count.textContent = String(resources.length);
  }

  /** A restarting portal: without another try the page would offer the actions of an earlier status. */
  #failed({ target, detail }) {
    const isRefused = detail.xhr.status >= 400 && detail.xhr.status < 500;
    if (target.id === "run-actions" && !isRefused) {
      clearTimeout(this.retry);
      this.retry = setTimeout(() => document.body.dispatchEvent(new CustomEvent("run-changed")), RETRY_MS);
    }
  }

  #listInFlight() {
    const list = this.page.querySelector("[data-in-flight]");
    if (list === null) {
      return;
    }
    const named = this.inFlight ?? [];
    list.hidden = named.length === 0;
    list.querySelector("ul").replaceChildren(...named.map((name) => element("li", {}, element("code", {}, name))));
  }
}
