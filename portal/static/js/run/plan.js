/** The plan from the events, until the server's summary replaces it. */

import { sentencePlural } from "../i18n.js";
import { element, shape } from "./dom.js";
import { planOf } from "./model.js";

/** name, action, and the heading for a count */
const GROUPS = [
  ["destroy", "delete", (count) => sentencePlural("%(count)s to destroy", "%(count)s to destroy", count)],
  ["replace", "replace", (count) => sentencePlural(
    "%(count)s to replace (destroy and create again)", "%(count)s to replace (destroy and create again)", count)],
  ["change", "update", (count) => sentencePlural("%(count)s to change", "%(count)s to change", count)],
  ["add", "create", (count) => sentencePlural("%(count)s to add", "%(count)s to add", count)],
  ["forget", "forget", (count) => sentencePlural(
    "%(count)s to forget (it stays in the account)", "%(count)s to forget (they stay in the account)", count)],
  ["read", "read", (count) => sentencePlural("%(count)s to read", "%(count)s to read", count)],
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
      .map(([name, action, heading]) => groupOf(groups[name], name, action, heading)));
  }
}

function groupOf(resources, name, action, heading) {
  const isOpen = name !== "read";
  return element("details", { class: `plan-group is-${action}`, open: isOpen },
    element("summary", {}, shape(action), heading(resources.length)),
    element("ul", { role: "list" }, ...resources.map(({ address, reason }) =>
      element("li", {}, element("code", {}, address),
        reason && element("span", { class: "faint" }, reason.replace(/^.*because_/, "").replaceAll("_", " "))))));
}
