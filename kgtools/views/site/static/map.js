// The map: dossiers as circles, what they hold on zoom, lines for what is in focus. Places come from the server; nothing is computed
// here but what is seen. The address holds the state. The table below the picture says the same.
import { chosen, data, index, kind, map, near, nodes, number, panel, passing, root, stage, view } from "./map-state.js";
import { hear, make } from "./map-parts.js";
import { figure } from "./figures.js";
import { sync } from "./map-address.js";
import { ask, canvas, draw, strength } from "./map-draw.js";
import { approach, at, fit, move, resize, zoom } from "./map-move.js";
import { address, changed, choose, chooseLine, filters, reset, showFilters, sifted, tell } from "./map-panel.js";

function restore() {
  const state = new URLSearchParams(location.search);
  for (const [name, value] of new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "")) state.set(name, value);
  for (const name of ["kinds", "standing", "rel"]) chosen[name] = new Set((state.get(name) ?? "").split(",").filter(Boolean));
  chosen.focus = number.get(state.get("focus") ?? root.dataset.focus) ?? -1;
  if (state.get("depth") === "2") chosen.depth = 2;
  const [x, y, z] = ["x", "y", "z"].map((name) => Number.parseFloat(state.get(name)));
  showFilters();
  sifted();
  tell();
  fit();
  if (Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z)) {
    Object.assign(view, { x, y, z: Math.min(20, Math.max(0.02, z)) });
  } else if (chosen.focus >= 0) approach(chosen.focus);
  ask();
}

function pointers() {
  const down = new Map();
  let moved = 0, apart = 0;
  const spot = (event) => { const box = stage.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    down.set(event.pointerId, spot(event));
    if (down.size === 1) moved = 0;
    apart = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const here = spot(event), before = down.get(event.pointerId);
    if (!before) return point(...here);
    down.set(event.pointerId, here);
    if (down.size === 2) {
      const [a, b] = [...down.values()], far = Math.hypot(a[0] - b[0], a[1] - b[1]);
      if (apart) zoom(far / apart, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
      apart = far;
      moved = 99;
    } else if (down.size === 1) {
      moved += Math.hypot(here[0] - before[0], here[1] - before[1]);
      if (moved > 4) { stage.classList.add("dragging"); move(before[0] - here[0], before[1] - here[1]); }
    }
  });
  for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => {
    const single = down.size === 1 && name === "pointerup" && moved <= 4;
    down.delete(event.pointerId);
    stage.classList.remove("dragging");
    if (single) pick(at(...spot(event)));
  });
  stage.addEventListener("pointerleave", () => point(-99, -99));
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), ...spot(event));
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => {
    const found = at(...spot(event));
    if (found.node === undefined) return zoom(2, ...spot(event));
    approach(found.node);
    sync();
  });
}

function pick(found) {
  if (found.edge !== undefined) chooseLine(found.edge);
  else if (found.disc && near && near.size > 1) choose(-1);
  else choose(found.node ?? -1);
}

function point(x, y) {
  const found = x < 0 ? {} : at(x, y), before = view.hover;
  view.hover = found.node ?? -1;
  stage.classList.toggle("over", view.hover >= 0 || found.edge !== undefined);
  if (view.hover !== before) ask();
}

function step(by) {
  const listed = nodes.id.map((_, i) => i).filter((i) => passing[i] && (i === chosen.focus || strength(kind(i)) > 0.45));
  if (!listed.length) return;
  const here = listed.indexOf(chosen.focus);
  choose(listed[(here + by + listed.length) % listed.length], true);
}

const keys = {
  ArrowLeft: () => move(-60, 0), ArrowRight: () => move(60, 0), ArrowUp: () => move(0, -60), ArrowDown: () => move(0, 60),
  "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), 0: () => { fit(); sync(); },
  n: () => step(1), p: () => step(-1),
  Enter: () => {
    if (chosen.focus >= 0 && address(chosen.focus)) location.href = address(chosen.focus);
    else if (chosen.focus < 0) pick(at(view.width / 2, view.height / 2));
  },
  Escape: () => {
    if (chosen.edge >= 0) choose(chosen.focus);
    else if (chosen.focus >= 0) choose(-1);
    else keys[0]();
    stage.focus({ preventScroll: true });
  },
};

function listen() {
  hear(keys, stage, panel);
  for (const box of filters) box.addEventListener("click", (event) => {
    const link = event.target.closest("[data-value]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const on = chosen[box.dataset.filter], { value } = link.dataset;
    if (!on.delete(value)) on.add(value);
    changed();
  });
  for (const box of filters) box.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches("[data-value]")) { event.preventDefault(); event.target.click(); }
  });
  document.querySelector("[data-reset]")?.addEventListener("click", (event) => { event.preventDefault(); reset(); });
  search();
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", ask);
  new ResizeObserver(resize).observe(stage);
}

function search() {
  const field = document.getElementById("find"), list = document.getElementById("found");
  let found = new Map();
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().trim();
    if (found.has(field.value)) { choose(found.get(field.value)); approach(found.get(field.value)); return; }
    found = new Map();
    for (let i = 0; words.length > 1 && i < nodes.id.length && found.size < 20; i += 1) {
      if (kind(i) !== "assertion" && nodes.label[i].toLowerCase().includes(words)) found.set(`${nodes.label[i]} (${kind(i)})`, i);
    }
    list.replaceChildren(...[...found.keys()].map((text) => make("option", "", { value: text })));
  });
  field.addEventListener("keydown", (event) => {
    const first = found.values().next().value;
    if (event.key !== "Enter" || first === undefined) return;
    event.preventDefault();
    choose(first);
    approach(first);
    stage.focus({ preventScroll: true });
  });
}

// Of a large network the page brings the dossiers; what they hold follows once those are drawn.
async function follow() {
  const count = document.getElementById("count"), sought = new URLSearchParams(location.search).get("focus") ?? root.dataset.focus;
  count.textContent = `${figure(data.discs.length)} dossiers; what they hold is on its way`;
  try {
    const reply = await fetch(root.dataset.more, { headers: { Accept: "application/json" } });
    if (!reply.ok) throw new Error(reply.status);
    index((await reply.json()).data);
  } catch {
    count.textContent = `${figure(data.discs.length)} dossiers; what they hold could not be had: load the page again`;
    return;
  }
  if (sought && chosen.focus < 0) restore();
  sifted();
  tell();
  draw();
  map.data = data;
  map.number = number;
  root.dataset.whole = "yes";
}

function main() {
  index(JSON.parse(document.getElementById("map-data").textContent));
  if (!nodes.id.length) return;
  root.hidden = false;
  document.getElementById("no-picture").hidden = true;
  stage.append(canvas);
  resize();
  restore();
  listen();
  pointers();
  draw();
  Object.assign(map, { data, choose, approach, fit, zoom, move, number, at, draw, ready: performance.now() });
  root.dataset.ready = "yes";
  if (root.dataset.more) follow();
  else root.dataset.whole = "yes";
}
main();
