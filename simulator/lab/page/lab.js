// The lab's page. It refreshes every two seconds, and after each action.

import { refreshAccount } from "./account.js";
import { byId, request, run } from "./dom.js";
import { refreshFaults, setUpFaults } from "./faults.js";
import { refreshOverrides, setUpOverrides } from "./overrides.js";
import { refreshTime, setUpTime } from "./time.js";

const INTERVAL_MS = 2000;

async function refresh() {
  try {
    const resources = await refreshAccount();
    const [faults, overrides] = await Promise.all([refreshFaults(refresh), refreshOverrides(resources, refresh), refreshTime()]);
    byId("reset").hidden = faults + overrides === 0;
    byId("connection-error").hidden = true;
    document.title = `${faults ? `${faults} ${faults === 1 ? "fault" : "faults"} on · ` : ""}Lab · Simulated AWS`;
  } catch (error) {
    byId("connection-error").textContent = `The account does not answer (${error.message}). Trying again every two seconds.`;
    byId("connection-error").hidden = false;
  }
}

async function poll() {
  if (!document.hidden) await refresh();
  setTimeout(poll, INTERVAL_MS);
}

byId("reset").addEventListener("click", () => run(
  () => Promise.all(["faults", "targets", "consoles"].map((path) => request(path, { method: "DELETE" }))),
  "All faults, target health settings and console texts are removed.", refresh));
setUpFaults(refresh);
setUpOverrides(refresh);
setUpTime(refresh);
poll();
