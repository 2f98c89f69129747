/** The plan as the events tell it, until the server's own summary comes with the fragment. */

import { element, shape } from "./dom.js";
import { planOf } from "./model.js";

const GROUPS = [
  ["destroy", "delete", "to destroy"],
  ["replace", "replace", "to replace (destroy and create again)"],
  ["change", "update", "to change"],
  ["add", "create", "to add"],
  ["forget", "forget", "to forget (they stay in the account)"],
  ["read", "read", "to read"],
];

export class Plan {
  constructor(pane) {
    this.pane = pane;
  }

  draw(model) {
    const planned = [...model.resources.values()].filter((resource) => resource.isPlanned).length;
    const key = `${planned} ${model.summary === undefined}`;
    const list = this.pane.querySelector("[data-plan-live]");
    if (list === null || key === list.dataset.key || planned === 0) {
      return;
    }
    list.dataset.key = key;
    const groups = planOf(model);
    list.replaceChildren(...GROUPS.filter(([name]) => groups[name].length > 0)
      .map(([name, action, words]) => groupOf(groups[name], name, action, words)));
  }
}

function groupOf(resources, name, action, words) {
  const isOpen = name !== "read";
  return element("details", { class: `plan-group is-${action}`, open: isOpen },
    element("summary", {}, shape(action), `${resources.length} ${words}`),
    element("ul", { role: "list" }, ...resources.map(({ address, reason }) =>
      element("li", {}, element("code", {}, address),
        reason && element("span", { class: "faint" }, reason.replace(/^.*because_/, "").replaceAll("_", " "))))));
}
