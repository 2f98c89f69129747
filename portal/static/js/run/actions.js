/**
 * The parts that the server decides: buttons, attention, outputs. They come anew as a fragment whenever the
 * run's status changes, so that the page never offers what would be refused.
 */

import { element } from "./dom.js";
import { ticking } from "./times.js";

const QUIET_REFRESH_MS = 10_000;

export class Actions {
  /** @param {HTMLElement} page */
  constructor(page) {
    this.page = page;
    this.refreshedAt = 0;
    page.addEventListener("click", ({ target }) => target.closest("[data-opens='cancel-run']") && this.#listInFlight());
  }

  /** The status is another now: ask for the fragment. */
  refresh(now) {
    this.refreshedAt = now;
    document.body.dispatchEvent(new CustomEvent("run-changed"));
  }

  /** Nothing was heard for a while: is the worker alive? An open dialog is not pulled away for that. */
  refreshIfQuiet(isQuiet, now) {
    const isOpen = this.page.querySelector("dialog[open]") !== null;
    if (isQuiet && !isOpen && now - this.refreshedAt > QUIET_REFRESH_MS) {
      this.refresh(now);
    }
  }

  /** Keep the resources in flight at hand, for the dialog that asks before a cancel; count them in a stopping run. */
  inFlightIs(resources, now) {
    this.inFlight = resources.map(({ address, from }) => `${address} (${ticking(now - from)})`);
    const count = this.page.querySelector("[data-in-flight-count]");
    if (count !== null) count.textContent = String(resources.length);
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
