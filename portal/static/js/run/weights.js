/** How far a run is, by time: each resource counts with the time that it usually takes. No DOM, no clock. */

// A running resource that takes longer than usual does not fill its part of the bar before it is done.
const MOST_RUNNING = 0.95;

/**
 * @param {object} model  see model.js
 * @param {{of: Map<string, import("./forecast.js").Outlook>}} expected  see forecast.js
 * @param {number} now  ms since the epoch
 * @returns {{done: number, failed: number, running: number}}  parts of 1; `running` is what has been done of
 *   the resources in flight. Without any known time all resources count the same, and only when they are done.
 */
export function shares(model, expected, now) {
  const resources = [...model.resources.values()].filter(({ action }) => action !== "read");
  const usual = ({ address }) => expected.of.get(address)?.usual;
  const average = mean(resources.map(usual).filter((ms) => ms !== undefined));
  const parts = { done: 0, failed: 0, running: 0 };
  let whole = 0;
  for (const resource of resources) {
    const weight = Math.max(1, usual(resource) ?? average);
    whole += weight;
    if (resource.state === "done") {
      parts.done += weight;
    } else if (resource.state === "failed" || resource.state === "unfinished") {
      parts.failed += weight;
    } else if (resource.state === "running" && usual(resource) !== undefined) {
      parts.running += weight * Math.min(MOST_RUNNING, Math.max(0, now - resource.from) / weight);
    }
  }
  const part = (weight) => (whole === 0 ? 0 : weight / whole);
  return { done: part(parts.done), failed: part(parts.failed), running: part(parts.running) };
}

/**
 * The shares after those that have been drawn: the bar and its number never go back, for instance when a resource
 * that was not planned appears.
 * @param {{done: number, failed: number, running: number}} parts  see `shares`
 * @param {number} drawn  the part of the bar that was filled before
 */
export function ahead(parts, drawn) {
  return { ...parts, running: Math.max(parts.running, drawn - parts.done - parts.failed) };
}

/** The filled part of the bar: everything that Terraform has worked on. */
export function filled({ done, failed, running }) {
  return Math.min(1, done + failed + running);
}

// Of a resource without a known time nothing is known but that it is one of these.
function mean(times) {
  return times.length === 0 ? 1000 : times.reduce((sum, ms) => sum + ms, 0) / times.length;
}
