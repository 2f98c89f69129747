/**
 * The remaining time of a run and its critical path, from the dependencies in the blueprint and from usual times.
 * No DOM, no clock.
 */

const SLOW_FACTOR = 1.5;
const SLOW_MS = 5000;
const BUILDS = new Set(["create", "update", "replace"]);

/**
 * @typedef {object} Outlook  of one resource; times in ms since the epoch
 * @property {number} [usual]  ms that it usually takes; undefined if it is not known
 * @property {number} [from]  start, or expected start
 * @property {number} [to]  end, or expected end
 * @property {string[]} waitsFor  addresses of what it still waits for, the latest expected end first
 * @property {number} [slower]  factor of its usual time, if it takes much longer
 */

/**
 * @param {object} model  see model.js
 * @param {{dependencies: Object<string, string[]>, usual: Object<string, Object<string, number>>}} known
 *   addresses without index; seconds by action, then by address or type
 * @param {number} now  ms since the epoch
 * @returns {{of: Map<string, Outlook>, endsAt: number|undefined, chain: string[]}}
 *   `endsAt`: the expected end of the last resource; undefined if a time is not known.
 *   `chain`: the critical path; each resource waits for the one before.
 */
export function forecast(model, known, now) {
  const graph = new Graph([...model.resources.values()].filter(({ action }) => action !== "read"), known.dependencies);
  const outlooks = new Map();
  for (const resource of graph.resources) {
    look(resource, { graph, outlooks, usual: known.usual, now, isOver: model.endedAt !== undefined });
  }
  return { of: outlooks, endsAt: latest([...outlooks.values()].map(({ to }) => to)), chain: chainOf(graph, outlooks) };
}

/** `aws_subnet.app["a"]` as `aws_subnet.app`: dependencies and usual times are those of the whole resource. */
export function withoutIndex(address) {
  return address.replace(/\[[^\]]*\]/g, "");
}

/** The dependencies among the resources of one run, also through resources that the run does not touch. */
class Graph {
  constructor(resources, dependencies) {
    this.resources = resources;
    this.dependencies = dependencies;
    this.byBase = grouped(resources);
    this.dependents = {};
    for (const [base, others] of Object.entries(dependencies)) {
      for (const other of others) {
        this.dependents[other] ??= [];
        this.dependents[other].push(base);
      }
    }
    this.found = new Map();
  }

  /** The resources before this one. A resource to destroy waits for those that depend on it. */
  before(resource) {
    const isGoing = resource.action === "delete";
    const key = `${isGoing} ${withoutIndex(resource.address)}`;
    if (!this.found.has(key)) {
      this.found.set(key, this.#reach(withoutIndex(resource.address), isGoing));
    }
    return this.found.get(key);
  }

  #reach(base, isGoing) {
    const edges = isGoing ? this.dependents : this.dependencies;
    const isMeant = ({ action }) => (isGoing ? action === "delete" || action === "replace" : BUILDS.has(action));
    const seen = new Set([base]);
    const ahead = [...(edges[base] ?? [])];
    const found = [];
    while (ahead.length > 0) {
      const next = ahead.pop();
      if (seen.has(next)) {
        continue;
      }
      seen.add(next);
      const there = (this.byBase.get(next) ?? []).filter(isMeant);
      found.push(...there);
      if (there.length === 0) {
        ahead.push(...(edges[next] ?? []));
      }
    }
    return found;
  }
}

function grouped(resources) {
  const found = new Map();
  for (const resource of resources) {
    const base = withoutIndex(resource.address);
    if (!found.has(base)) {
      found.set(base, []);
    }
    found.get(base).push(resource);
  }
  return found;
}

function look(resource, world) {
  const { outlooks, graph, now, isOver } = world;
  const known = outlooks.get(resource.address);
  if (known !== undefined) {
    return known;
  }
  const { usual, isItsOwn } = usualOf(resource, world.usual);
  const outlook = { usual, waitsFor: [], from: resource.from, to: resource.to };
  // Set before the recursion, so that a circle of dependencies, which Terraform would refuse, ends.
  outlooks.set(resource.address, outlook);
  if (resource.state === "pending") {
    const before = graph.before(resource).map((each) => [each, look(each, world)]);
    const open = before.filter(([each]) => each.state === "pending" || each.state === "running");
    outlook.waitsFor = open.sort(([, a], [, b]) => (b.to ?? Infinity) - (a.to ?? Infinity)).map(([each]) => each.address);
    outlook.from = isOver ? undefined : latest([now, ...open.map(([, each]) => each.to)]);
    outlook.to = plus(outlook.from, usual);
  } else if (resource.state === "running") {
    outlook.to = usual === undefined ? undefined : Math.max(now, resource.from + usual);
  }
  const took = resource.from === undefined ? 0 : (resource.to ?? now) - resource.from;
  // Other resources of the type can be very different: their times are no measure for this one.
  if (isItsOwn && took > SLOW_FACTOR * usual && took - usual > SLOW_MS) {
    outlook.slower = took / usual;
  }
  return outlook;
}

/** In ms, undefined if it is not known; and whether it is the time of this address itself. */
function usualOf({ address, action, type }, usual) {
  if (action === "replace") {
    const [ended, made] = ["delete", "create"].map((half) => usualOf({ address, action: half, type }, usual));
    return { usual: plus(ended.usual, made.usual), isItsOwn: ended.isItsOwn && made.isItsOwn };
  }
  const own = usual[action]?.[withoutIndex(address)];
  const seconds = own ?? usual[action]?.[type];
  return { usual: seconds === undefined ? undefined : seconds * 1000, isItsOwn: own !== undefined };
}

/** The resource that ends last, the last one before it, and so on; in order of time. */
function chainOf(graph, outlooks) {
  const chain = [];
  let current = last(graph.resources, outlooks);
  while (current !== undefined && !chain.includes(current.address)) {
    chain.unshift(current.address);
    current = last(graph.before(current), outlooks);
  }
  return chain;
}

function last(resources, outlooks) {
  const ended = resources.filter(({ address }) => outlooks.get(address).to !== undefined);
  return ended.reduce((one, other) =>
    one === undefined || outlooks.get(other.address).to > outlooks.get(one.address).to ? other : one, undefined);
}

function plus(one, other) {
  return one === undefined || other === undefined ? undefined : one + other;
}

function latest(moments) {
  return moments.length === 0 || moments.includes(undefined) ? undefined : Math.max(...moments);
}
