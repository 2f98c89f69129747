/** The panes next to the log. The address names the one that is shown. */

export class Tabs {
  /** @param {HTMLElement} page  @param {(label: string) => void} onShow */
  constructor(page, onShow) {
    this.page = page;
    this.onShow = onShow;
    this.buttons = [...page.querySelectorAll("[data-tab]")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.show(button.dataset.tab, { isChosen: true }));
      button.addEventListener("keydown", (event) => this.#moved(event, button));
    }
    const given = new URLSearchParams(location.search).get("tab");
    this.show(this.buttons.some(({ dataset }) => dataset.tab === given) ? given : this.#first());
  }

  show(name, { isChosen = false } = {}) {
    this.shown = name;
    for (const button of this.buttons) {
      const isShown = button.dataset.tab === name;
      button.setAttribute("aria-selected", isShown);
      button.tabIndex = isShown ? 0 : -1;
    }
    this.page.dataset.shows = name;
    this.onShow(this.buttons.find(({ dataset }) => dataset.tab === name)?.textContent.trim() ?? "");
    if (isChosen) {
      this.isChosen = true;
      const address = new URL(location.href);
      address.searchParams.set("tab", name);
      history.replaceState(null, "", address);
    }
  }

  /** Show it unless a person has chosen another. */
  suggest(name) {
    if (!this.isChosen && !new URLSearchParams(location.search).has("tab")) {
      this.show(name);
    }
  }

  at(index) {
    const button = this.buttons.filter((candidate) => candidate.offsetParent !== null)[index];
    button?.click();
  }

  #first() {
    return this.page.dataset.firstTab || "resources";
  }

  #moved(event, button) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) {
      const seen = this.buttons.filter((candidate) => candidate.offsetParent !== null);
      const next = seen[(seen.indexOf(button) + step + seen.length) % seen.length];
      next.click();
      next.focus();
    }
  }
}
