import { act, ask, byId, make, show } from "./dom.js";

export async function lookAtTime() {
  const { scale, real_seconds: real, pending } = await ask("latency");
  for (const input of document.querySelectorAll('input[name="scale"]')) {
    if (document.activeElement !== input) input.checked = Number(input.value) === scale;
  }
  byId("scale-means").textContent = scale === 0
    ? "Nothing takes time: as fast as this machine goes."
    : `A database takes ${spoken(real.database * scale)}, a load balancer ${spoken(real["load balancer"] * scale)}, ` +
      `a NAT gateway ${spoken(real["NAT gateway"] * scale)}.`;
  show(byId("under-way"), pending.slice(0, 12).map((each) => make("li", {},
    make("span", { className: "which", title: each.id }, `${each.kind[0].toUpperCase()}${each.kind.slice(1)} `,
      make("span", { className: "faint" }, short(each.id))),
    make("span", { className: "faint" }, spoken(each.seconds_left)),
    make("progress", { max: 1, value: `${(each.seconds ? 1 - each.seconds_left / each.seconds : 1).toFixed(3)}`, "aria-label": `${each.kind} ${each.id}` }))));
}

function short(id) {
  return id.split("/").slice(-2)[0].split(" ").pop();
}

function spoken(seconds) {
  if (seconds < 90) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export function prepareTime(look) {
  for (const input of document.querySelectorAll('input[name="scale"]')) {
    input.addEventListener("change", () => {
      const title = input.nextElementSibling.textContent;
      act(() => ask("latency", { method: "PUT", content: { scale: Number(input.value) } }), `Time: ${title}`, look);
    });
  }
}
