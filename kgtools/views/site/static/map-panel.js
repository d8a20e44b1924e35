// The panel beside the picture and the filters above it: what is chosen, and the passages behind every line.
import { beside, chosen, counted, data, kind, label, nodes, onDisk, other, panel, passing, root, sift, spotlight } from "./map-state.js";
import { button, make } from "./map-parts.js";
import { figure } from "./figures.js";
import { sync } from "./map-address.js";
import { ask } from "./map-draw.js";
import { approach, visible } from "./map-move.js";

export const filters = [...document.querySelectorAll("[data-filter]")];
const count = document.getElementById("count");

export function address(i) {
  const local = (j) => encodeURIComponent(nodes.id[j].slice(nodes.id[j].indexOf(":") + 1));
  if (kind(i) !== "assertion") return root.dataset[`to${kind(i)[0].toUpperCase()}${kind(i).slice(1)}`].replace("{}", local(i));
  const ends = beside[i].filter((e) => data.edges[e] === i).map((e) => data.edges[e + 1]);
  const target = ends.find((j) => /claim|explanation/.test(kind(j))) ?? ends.find((j) => kind(j) === "incident");
  return target === undefined ? "" : `${address(target)}#s-${local(i)}`;
}

function around(i) {
  const [path, query] = root.dataset.toMap.split("?");
  const pair = `focus=${encodeURIComponent(nodes.id[i])}`;
  return onDisk || root.dataset.toMap.endsWith(".html") ? `${path}#${pair}` : `${path}?${pair}${query ? `&${query}` : ""}`;
}

// The assertions whose passages stand behind a line: the one at its end, else those of the claim that it starts from.
function behind(e) {
  const ends = [data.edges[e], data.edges[e + 1]];
  const direct = ends.find((i) => kind(i) === "assertion");
  if (direct !== undefined) return [direct];
  return beside[ends[0]].map((one) => other(one, ends[0])).filter((i) => kind(i) === "assertion");
}

function passagesOf(made) {
  const box = make("div", "", { class: "behind" });
  for (const i of made.slice(0, 6)) {
    const line = make("p", made.length > 1 ? `${nodes.label[i]}: ` : "");
    line.append((nodes.places[i] || []).join("; ") + " ");
    if (address(i)) line.append(make("a", "open the passage", { href: address(i) }));
    box.append(line);
  }
  if (made.length > 6) box.append(make("p", `and ${made.length - 6} more: see its page`, { class: "quiet" }));
  if (!made.length) box.append(make("p", "Set down in the dossier; no passage of its own.", { class: "quiet" }));
  return box;
}

export function tell() {
  panel.hidden = chosen.focus < 0 && chosen.edge < 0;
  if (panel.hidden) return;
  if (panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
  panel.replaceChildren(button("×", () => choose(-1), { class: "close", "aria-label": "Close" }));
  if (chosen.edge >= 0) return tellLine(chosen.edge);
  const i = chosen.focus;
  panel.append(make("p", kind(i), { class: `kindmark ${kind(i)}` }), make("h2", nodes.label[i]));
  if (nodes.date[i]) panel.append(make("p", nodes.date[i], { class: "quiet" }));
  const links = make("p");
  if (address(i)) links.append(make("a", kind(i) === "incident" ? "dossier" : kind(i) === "assertion" ? "open the passage" : "its page", { href: address(i) }), " · ");
  if (!onDisk && !root.dataset.toMap.endsWith(".html")) links.append(make("a", "only its neighbours", { href: around(i) }), " · ");
  links.append(button(chosen.depth === 1 ? "two steps" : "one step", () => { chosen.depth = 3 - chosen.depth; choose(i); }, { class: "line" }));
  panel.append(links);
  if (kind(i) === "assertion") panel.append(passagesOf([i]));
  for (const [rel, out, listed] of grouped(i)) tellGroup(i, rel, out, listed);
}

function grouped(i) {
  const found = new Map();
  for (const e of beside[i]) {
    const rel = data.edges[e + 2], out = data.edges[e] === i;
    if (chosen.rel.size && !chosen.rel.has(data.relations[rel][0])) continue;
    const key = `${rel}${out}`;
    if (!found.has(key)) found.set(key, [rel, out, []]);
    found.get(key)[2].push(e);
  }
  return [...found.values()];
}

// Beside its speaker or work an assertion is told by what it asserts.
function described(j, i) {
  if (kind(j) !== "assertion" || !/speaker|work/.test(kind(i))) return nodes.label[j];
  const claim = beside[j].map((e) => other(e, j)).find((k) => /claim|explanation/.test(kind(k)));
  const said = kind(i) === "speaker" ? nodes.label[j].slice(nodes.label[i].length + 2) : nodes.label[j];
  return claim === undefined ? said : `${nodes.label[claim]} (${said})`;
}

function tellGroup(i, rel, out, listed) {
  panel.append(make("h3", `${out ? "" : "← "}${data.relations[rel][1]}${out ? " →" : ""} (${listed.length})`));
  const list = make("ul");
  for (const e of listed.slice(0, 30)) {
    const item = make("li"), j = other(e, i);
    const passages = button("passage", () => {
      const open = passages.getAttribute("aria-expanded") === "true";
      passages.setAttribute("aria-expanded", String(!open));
      if (open) item.querySelector(".behind").remove();
      else item.append(passagesOf(behind(e)));
    }, { class: "line", "aria-expanded": "false" });
    item.append(button(described(j, i), () => choose(j, true), { class: "line" }), " · ", passages);
    list.append(item);
  }
  panel.append(list);
  if (listed.length > 30) panel.append(make("p", `and ${listed.length - 30} more in the table`, { class: "quiet" }));
}

function tellLine(e) {
  const [a, b, rel] = data.edges.slice(e, e + 3);
  panel.append(make("p", "line", { class: "quiet" }), make("h2", `${nodes.label[a]} — ${data.relations[rel][1]} — ${nodes.label[b]}`));
  panel.append(make("h3", "Passage behind this line"), passagesOf(behind(e)));
  for (const i of [a, b]) panel.append(make("p"), button(nodes.label[i], () => choose(i, true), { class: "line" }));
}

export function choose(i, go = false) {
  chosen.focus = i;
  chosen.edge = -1;
  tell();
  spotlight();
  if (i >= 0 && (go && !visible(i))) approach(i);
  ask();
  sync(true);
}

export function chooseLine(e) {
  chosen.edge = e;
  tell();
  spotlight();
  ask();
}

// Sift anew, and say how much is left.
export function sifted() {
  sift();
  const left = passing.reduce((sum, one) => sum + one, 0);
  count.textContent = `${figure(left)} of ${figure(nodes.id.length)} nodes`;
  const box = document.getElementById("hidden-all");
  box.hidden = left > 0;
  if (!left) tellHidden(box);
}

function tellHidden(box) {
  box.replaceChildren(make("p", "Nothing is left."));
  for (const name of ["kinds", "standing", "rel"].filter((one) => chosen[one].size)) {
    const without = counted({ ...chosen, [name]: new Set() });
    if (!without) continue;
    const what = { kinds: "kind", standing: "standing", rel: "relation" }[name];
    const words = [...chosen[name]].map((value) => label(name, value)).join(", ");
    const line = make("p", `The ${what} filter (${words}) hides everything. `);
    line.append(button(`Without it: ${figure(without)}`, () => { chosen[name].clear(); changed(); }));
    box.append(line);
  }
  box.append(button("Reset all filters", reset));
}

export function reset() {
  for (const name of ["kinds", "standing", "rel"]) chosen[name].clear();
  changed();
}

export function changed() {
  showFilters();
  sifted();
  ask();
  sync(true);
}

export function showFilters() {
  for (const box of filters) {
    const on = chosen[box.dataset.filter];
    box.querySelector("summary small").textContent = on.size ? `${on.size} chosen` : "all";
    for (const link of box.querySelectorAll("[data-value]")) {
      link.removeAttribute("aria-current");
      link.setAttribute("role", "button");
      link.setAttribute("aria-pressed", String(on.has(link.dataset.value)));
    }
  }
}
