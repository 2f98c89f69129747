import { byId, createElement, replaceIfChanged, request, run } from "./dom.js";

export async function refreshTime() {
  const { scale, real_seconds: real, pending } = await request("latency");
  for (const input of document.querySelectorAll('input[name="scale"]')) {
    if (document.activeElement !== input) input.checked = Number(input.value) === scale;
  }
  byId("scale-effect").textContent = scale === 0
    ? "Resources are ready without delay."
    : `A database takes ${duration(real.database * scale)}, a load balancer ${duration(real["load balancer"] * scale)}, ` +
      `a NAT gateway ${duration(real["NAT gateway"] * scale)}.`;
  replaceIfChanged(byId("pending"), pending.slice(0, 12).map((each) => createElement("li", {},
    createElement("span", { className: "which", title: each.id }, `${each.kind[0].toUpperCase()}${each.kind.slice(1)} `,
      createElement("span", { className: "faint" }, shortId(each.id))),
    createElement("span", { className: "faint" }, duration(each.seconds_left)),
    createElement("progress", { max: 1, value: `${(each.seconds ? 1 - each.seconds_left / each.seconds : 1).toFixed(3)}`, "aria-label": `${each.kind} ${each.id}` }))));
}

function shortId(id) {
  return id.split("/").slice(-2)[0].split(" ").pop();
}

function duration(seconds) {
  if (seconds < 90) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export function setUpTime(refresh) {
  for (const input of document.querySelectorAll('input[name="scale"]')) {
    input.addEventListener("change", () => {
      const title = input.nextElementSibling.textContent;
      run(() => request("latency", { method: "PUT", content: { scale: Number(input.value) } }), `Time scale: ${title}`, refresh);
    });
  }
}
