// The laboratory's page: looks every two seconds, and at once after each act.

import { lookAtAccount } from "./account.js";
import { act, ask, byId } from "./dom.js";
import { lookAtFaults, prepareFaults } from "./faults.js";
import { lookAtFindings, prepareFindings } from "./findings.js";
import { lookAtTime, prepareTime } from "./time.js";

const EVERY_MS = 2000;

async function look() {
  try {
    const resources = await lookAtAccount();
    const [faults, findings] = await Promise.all([lookAtFaults(look), lookAtFindings(resources, look), lookAtTime()]);
    byId("calm").hidden = faults + findings === 0;
    byId("trouble").hidden = true;
    document.title = faults ? `${faults} on · Lab · Simulated AWS` : "Lab · Simulated AWS";
  } catch (reason) {
    byId("trouble").textContent = `The account does not answer: ${reason.message}`;
    byId("trouble").hidden = false;
  }
}

async function keepLooking() {
  if (!document.hidden) await look();
  setTimeout(keepLooking, EVERY_MS);
}

byId("calm").addEventListener("click", () => act(
  () => Promise.all(["faults", "targets", "consoles"].map((each) => ask(each, { method: "DELETE" }))),
  "Faults, findings and console texts are off.", look));
prepareFaults(look);
prepareFindings(look);
prepareTime(look);
keepLooking();
