// Runs before the first paint, so that a chosen theme never flashes. Light, dark, or the system's own.
(() => {
  const KEY = "theme";
  const ORDER = ["system", "light", "dark"];
  const root = document.documentElement;
  root.classList.add("has-js");

  const read = () => {
    try {
      return ORDER.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : "system";
    } catch {
      return "system";
    }
  };

  const show = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.dataset.shows = theme;
      // The template has the words: this script runs before the catalog of texts is loaded.
      button.title = button.dataset[theme];
      button.setAttribute("aria-label", button.dataset[`${theme}Label`]);
    }
  };

  show(read());
  document.addEventListener("DOMContentLoaded", () => show(read()));
  window.addEventListener("storage", (event) => event.key === KEY && show(read()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    const next = ORDER[(ORDER.indexOf(read()) + 1) % ORDER.length];
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // A browser that stores nothing still changes this page.
    }
    show(next);
  });
})();
