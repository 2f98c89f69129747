/** The part of the page's address that belongs to the log: its filters, and the line of a link. */

/**
 * Set the controls as the address says.
 * @param {(name: string) => HTMLElement} part  the element with `data-log-<name>`
 * @returns {object}  the filters, for LogLines.change
 */
export function readFilters(part) {
  const given = new URLSearchParams(location.search);
  part("search").value = given.get("q") ?? "";
  for (const name of ["level", "phase"]) {
    const select = part(name);
    const value = given.get(name);
    if (value !== null && [...select.options].some((option) => option.value === value)) {
      select.value = value;
    }
  }
  part("only").checked = given.get("only") === "1";
  return {
    query: part("search").value,
    isOnlyMatches: part("only").checked,
    level: part("level").value,
    phase: part("phase").value,
  };
}

/** Write the controls into the address; a filter that leaves nothing out is not in it. */
export function writeFilters(part) {
  const address = new URL(location.href);
  const set = (name, value, isDefault) =>
    isDefault ? address.searchParams.delete(name) : address.searchParams.set(name, value);
  set("q", part("search").value, part("search").value === "");
  set("level", part("level").value, part("level").value === "trace");
  set("phase", part("phase").value, part("phase").value === "");
  set("only", "1", !part("only").checked);
  history.replaceState(null, "", address);
}

/** {from, to} of `#L120` or `#L120-L134`; undefined for any other hash. */
export function rangeOf(hash) {
  const found = /^#L(\d+)(?:-L(\d+))?$/.exec(hash);
  return found === null ? undefined : { from: Number(found[1]), to: Number(found[2] ?? found[1]) };
}
