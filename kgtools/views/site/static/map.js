// The map: dossiers as circles, what they hold on zoom, lines for what is in focus. Places come from the server; nothing is computed
// here but what is seen. The address holds the state. The table below the picture says the same.
const root = document.getElementById("map");
const stage = document.getElementById("stage");
const panel = document.getElementById("panel");
const count = document.getElementById("count");
const filters = [...document.querySelectorAll("[data-filter]")];
const onDisk = location.protocol === "file:";
const canvas = document.createElement("canvas");
const pen = canvas.getContext("2d");
const view = { x: 0, y: 0, z: 1, width: 0, height: 0 };
const chosen = { focus: -1, edge: -1, depth: Number(root.dataset.depth) || 1, kinds: new Set(), standing: new Set(), rel: new Set() };
let data, nodes, beside, number, passing, near = null, lines = [], hover = -1, palette = {}, waiting = 0, wrapped = new Map();

// What may be chosen from outside: measured in benchmarks/map.py and looked at by tests.
const map = (window.kgmap = { view, chosen, drawn: 0, spent: 0 });

function index() {
  nodes = data.nodes;
  number = new Map(nodes.id.map((id, i) => [id, i]));
  beside = nodes.id.map(() => []);
  for (let e = 0; e < data.edges.length; e += 3) {
    beside[data.edges[e]].push(e);
    if (data.edges[e] !== data.edges[e + 1]) beside[data.edges[e + 1]].push(e);
  }
  data.discOf = new Map(data.discs.map((disc) => [disc[0], disc]));
}

const kind = (i) => data.kinds[nodes.kind[i]];
const other = (e, i) => (data.edges[e] === i ? data.edges[e + 1] : data.edges[e]);

// Filters -------------------------------------------------------------------------------------------------------------------

function passes(i, want) {
  if (want.kinds.size && !want.kinds.has(kind(i))) return false;
  if (want.standing.size) {
    const fits = (j) => nodes.standing[j] >= 0 && want.standing.has(data.standings[nodes.standing[j]]);
    if (!fits(i) && (kind(i) === "assertion" || !beside[i].some((e) => fits(other(e, i))))) return false;
  }
  return !want.rel.size || beside[i].some((e) => want.rel.has(data.relations[data.edges[e + 2]][0]));
}

const counted = (want) => nodes.id.reduce((sum, _, i) => sum + (passes(i, want) ? 1 : 0), 0);

function sift() {
  passing = Uint8Array.from(nodes.id, (_, i) => (passes(i, chosen) ? 1 : 0));
  const left = passing.reduce((sum, one) => sum + one, 0);
  count.textContent = `${left.toLocaleString("en").replaceAll(",", " ")} of ${nodes.id.length.toLocaleString("en").replaceAll(",", " ")} nodes`;
  const box = document.getElementById("hidden-all");
  box.hidden = left > 0;
  if (!left) tellHidden(box);
  spotlight();
}

function tellHidden(box) {
  box.replaceChildren(make("p", "Nothing is left."));
  for (const name of ["kinds", "standing", "rel"].filter((one) => chosen[one].size)) {
    const without = counted({ ...chosen, [name]: new Set() });
    if (!without) continue;
    const what = { kinds: "kind", standing: "standing", rel: "relation" }[name];
    const words = [...chosen[name]].map((value) => label(name, value)).join(", ");
    const line = make("p", `The ${what} filter (${words}) hides everything. `);
    line.append(button(`Without it: ${without}`, () => { chosen[name].clear(); changed(); }));
    box.append(line);
  }
  box.append(button("Reset all filters", reset));
}

const label = (name, value) => (name === "rel" ? data.relations.find((one) => one[0] === value)?.[1] ?? value : value);

function reset() {
  for (const name of ["kinds", "standing", "rel"]) chosen[name].clear();
  changed();
}

function changed() {
  showFilters();
  sift();
  ask();
  sync(true);
}

function showFilters() {
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

// The focus: what lies around it, and its lines.
function spotlight() {
  near = null;
  lines = [];
  const start = chosen.edge >= 0 ? -1 : chosen.focus;
  if (chosen.edge >= 0) {
    near = new Map([[data.edges[chosen.edge], 0], [data.edges[chosen.edge + 1], 0]]);
    if (chosen.focus >= 0) near.set(chosen.focus, 0);
    lines = [chosen.edge];
  }
  if (start < 0) return;
  near = new Map([[start, 0]]);
  let queue = [start];
  const seen = new Set();
  for (let step = 1; step <= chosen.depth; step += 1) {
    const next = [];
    for (const i of queue) {
      for (const e of beside[i]) {
        const j = other(e, i), wanted = !chosen.rel.size || chosen.rel.has(data.relations[data.edges[e + 2]][0]);
        if (!wanted || !(passing[j] || near.has(j))) continue;
        if (!seen.has(e)) { seen.add(e); lines.push(e); }
        if (!near.has(j)) { near.set(j, step); next.push(j); }
      }
    }
    queue = next;
  }
}

// Drawing -------------------------------------------------------------------------------------------------------------------

const px = (x) => (x - view.x) * view.z + view.width / 2;
const py = (y) => (y - view.y) * view.z + view.height / 2;
const ramp = (from, to) => Math.min(1, Math.max(0, (view.z - from) / (to - from)));

function ask() {
  if (!waiting) waiting = requestAnimationFrame(draw);
}

function draw() {
  waiting = 0;
  const begun = performance.now();
  const style = getComputedStyle(document.documentElement);
  palette = Object.fromEntries(
    ["canvas", "disc", "disc-line", "line", "bright", "label", "halo", "incident-text", "focus", ...data.kinds]
      .map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  const ratio = devicePixelRatio || 1;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = palette.canvas;
  pen.fillRect(0, 0, view.width, view.height);
  drawDiscs();
  drawLines();
  drawNodes();
  drawLabels();
  map.drawn += 1;
  map.spent = performance.now() - begun;
}

function drawDiscs() {
  const home = chosen.focus >= 0 ? nodes.home[chosen.focus] : -1;
  data.discs.forEach(([i, x, y, r], place) => {
    const sx = px(x), sy = py(y), sr = r * view.z;
    if (sx + sr < 0 || sy + sr < 0 || sx - sr > view.width || sy - sr > view.height) return;
    pen.globalAlpha = passing[i] || anyInside(place) ? 1 : 0.35;
    pen.beginPath();
    pen.arc(sx, sy, sr, 0, 7);
    pen.fillStyle = palette.disc;
    pen.fill();
    pen.lineWidth = i === chosen.focus ? 3 : place === home || i === hover ? 2 : 1;
    pen.strokeStyle = i === chosen.focus ? palette.focus : place === home || i === hover ? palette.incident : palette["disc-line"];
    pen.stroke();
  });
  pen.globalAlpha = 1;
}

const anyInside = (place) => !chosen.kinds.size && !chosen.standing.size && !chosen.rel.size ||
  nodes.home.some((home, i) => home === place && passing[i]);

function drawLines() {
  const few = lines.length < 60;
  for (const e of lines) {
    const a = data.edges[e], b = data.edges[e + 1], against = data.relations[data.edges[e + 2]][0] === "against";
    const [x1, y1, x2, y2] = [px(nodes.x[a]), py(nodes.y[a]), px(nodes.x[b]), py(nodes.y[b])];
    pen.beginPath();
    pen.moveTo(x1, y1);
    const [mx, my] = bend(x1, y1, x2, y2);
    pen.quadraticCurveTo(mx, my, x2, y2);
    pen.setLineDash(against ? [5, 4] : []);
    pen.lineWidth = e === chosen.edge ? 2.5 : 1.2;
    pen.globalAlpha = few || e === chosen.edge ? 0.9 : 0.4;
    pen.strokeStyle = e === chosen.edge ? palette.focus : palette.line;
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

const bend = (x1, y1, x2, y2) => [(x1 + x2) / 2 - (y2 - y1) * 0.12, (y1 + y2) / 2 + (x2 - x1) * 0.12];

// How strongly a kind shows at this size: incidents always, the others on zoom, what is in focus always.
function strength(name) {
  if (name === "incident") return 1;
  return name === "assertion" ? ramp(0.75, 1.4) : 0.25 + 0.75 * ramp(0.35, 0.9);
}

function drawNodes() {
  const margin = 14;
  data.kinds.forEach((name, k) => {
    const strong = strength(name);
    for (const layer of near ? [0, 1] : [1]) {
      pen.beginPath();
      for (let i = 0; i < nodes.id.length; i += 1) {
        if (nodes.kind[i] !== k || !passing[i] && i !== chosen.focus || near && (layer === 1) !== near.has(i)) continue;
        const x = px(nodes.x[i]), y = py(nodes.y[i]);
        if (x < -margin || y < -margin || x > view.width + margin || y > view.height + margin) continue;
        outline(name, x, y, Math.max(nodes.r[i] * view.z, near?.has(i) ? 3.5 : 1.1));
      }
      pen.globalAlpha = near && layer ? 1 : near ? strong * 0.3 : strong;
      if (pen.globalAlpha < 0.02) continue;
      pen.fillStyle = palette[name];
      pen.fill();
    }
  });
  pen.globalAlpha = 1;
  for (const i of [hover, chosen.focus]) {
    if (i < 0 || data.discOf.has(i) && i !== chosen.focus) continue;
    pen.beginPath();
    pen.arc(px(nodes.x[i]), py(nodes.y[i]), Math.max(nodes.r[i] * view.z, 3) + 4, 0, 7);
    pen.lineWidth = 2.5;
    pen.strokeStyle = i === chosen.focus ? palette.focus : palette.bright;
    pen.stroke();
  }
}

function outline(name, x, y, r) {
  if (name === "work") pen.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  else if (name === "explanation") {
    pen.moveTo(x, y - r * 1.2); pen.lineTo(x + r * 1.2, y); pen.lineTo(x, y + r * 1.2); pen.lineTo(x - r * 1.2, y); pen.closePath();
  } else {
    pen.moveTo(x + r, y);
    pen.arc(x, y, r, 0, 7);
  }
}

// Labels: what is in focus first, then incidents, then what there is room for; none over another.
function drawLabels() {
  const taken = [];
  pen.textBaseline = "top";
  pen.lineJoin = "round";
  for (const i of labelled()) {
    const incident = kind(i) === "incident", disc = data.discOf.get(i);
    const size = incident ? (disc && disc[3] * view.z > 75 ? 14 : 12) : 12;
    const room = incident ? Math.max(14, Math.min(30, (disc?.[3] ?? 40) * view.z * 2 / 6.4)) : 30;
    const text = wrap(nodes.label[i], Math.round(room), incident ? 3 : i === chosen.focus ? 4 : 2);
    pen.font = `${incident ? "600 " : ""}${size}px system-ui, sans-serif`;
    const wide = Math.max(...text.map((line) => pen.measureText(line).width)), tall = text.length * size * 1.2;
    const x = px(nodes.x[i]), r = Math.max(nodes.r[i] * view.z, 3);
    let y = py(nodes.y[i]) + r + 4;
    if (incident && disc && !near) y = disc[3] * view.z < 46 ? py(disc[2]) + disc[3] * view.z + 2 : y;
    const box = [x - wide / 2 - 3, y - 2, x + wide / 2 + 3, y + tall + 2];
    if (box[2] < 0 || box[3] < 0 || box[0] > view.width || box[1] > view.height) continue;
    if (i !== chosen.focus && taken.some((one) => box[0] < one[2] && one[0] < box[2] && box[1] < one[3] && one[1] < box[3])) continue;
    taken.push(box);
    pen.textAlign = "center";
    pen.strokeStyle = palette.halo;
    pen.lineWidth = 3.5;
    pen.fillStyle = incident ? palette["incident-text"] : palette.label;
    text.forEach((line, row) => {
      pen.strokeText(line, x, y + row * size * 1.2);
      pen.fillText(line, x, y + row * size * 1.2);
    });
    if (taken.length > 160) return;
  }
}

function* labelled() {
  if (chosen.focus >= 0) yield chosen.focus;
  if (hover >= 0 && hover !== chosen.focus) yield hover;
  if (near && near.size < 80) for (const i of near.keys()) if (i !== chosen.focus && (kind(i) !== "assertion" || view.z > 1.4)) yield i;
  const discs = data.discs.map((disc) => disc[0]).filter((i) => !near || near.has(i) || view.z < 1.2);
  yield* discs.filter((i) => passing[i]).sort((a, b) => data.discOf.get(b)[3] - data.discOf.get(a)[3]);
  if (near || view.z < 1.3) return;
  const seen = (i) => Math.abs(px(nodes.x[i]) - view.width / 2) < view.width / 2 && Math.abs(py(nodes.y[i]) - view.height / 2) < view.height / 2;
  for (let i = 0; i < nodes.id.length; i += 1) {
    if (passing[i] && seen(i) && kind(i) !== "incident" && (kind(i) !== "assertion" || view.z > 4)) yield i;
  }
}

function wrap(text, most, rows) {
  const key = `${most}|${rows}|${text}`;
  if (wrapped.has(key)) return wrapped.get(key);
  const found = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line && line.length + word.length + 1 > most) {
      found.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  found.push(line);
  const cut = found.slice(0, rows).map((one) => (one.length > most * 1.6 ? `${one.slice(0, most)}…` : one));
  if (found.length > rows) cut[rows - 1] += " …";
  if (wrapped.size > 6000) wrapped = new Map();
  wrapped.set(key, cut);
  return cut;
}

// Moving --------------------------------------------------------------------------------------------------------------------

function resize() {
  const ratio = devicePixelRatio || 1;
  view.width = stage.clientWidth;
  view.height = stage.clientHeight;
  canvas.width = view.width * ratio;
  canvas.height = view.height * ratio;
  canvas.style.width = `${view.width}px`;
  canvas.style.height = `${view.height}px`;
  ask();
}

function frame(left, top, right, bottom) {
  const free = view.width - (panel.hidden || view.width < 620 ? 0 : panel.offsetWidth);
  view.z = Math.min(free / (right - left + 1), view.height / (bottom - top + 1), 6) * 0.96;
  view.x = (left + right) / 2 + (view.width - free) / 2 / view.z;
  view.y = (top + bottom) / 2;
  ask();
}

function fit() {
  const circles = data.discs.length ? data.discs.map(([, x, y, r]) => [x, y, r]) : [[0, 0, 100]];
  frame(Math.min(...circles.map((c) => c[0] - c[2])), Math.min(...circles.map((c) => c[1] - c[2])),
    Math.max(...circles.map((c) => c[0] + c[2])), Math.max(...circles.map((c) => c[1] + c[2])));
}

function zoom(factor, sx = view.width / 2, sy = view.height / 2) {
  const z = Math.min(20, Math.max(0.02, view.z * factor));
  view.x += (sx - view.width / 2) * (1 / view.z - 1 / z);
  view.y += (sy - view.height / 2) * (1 / view.z - 1 / z);
  view.z = z;
  ask();
  sync();
}

function move(right, down) {
  view.x += right / view.z;
  view.y += down / view.z;
  ask();
  sync();
}

// Bring a node into sight: an incident with its whole circle.
function approach(i) {
  const disc = data.discOf.get(i);
  if (disc) frame(disc[1] - disc[3], disc[2] - disc[3], disc[1] + disc[3], disc[2] + disc[3]);
  else {
    view.z = Math.max(view.z, 1.6);
    const free = panel.hidden || view.width < 620 ? 0 : panel.offsetWidth;
    view.x = nodes.x[i] + free / 2 / view.z;
    view.y = nodes.y[i];
  }
  ask();
}

function visible(i) {
  const x = px(nodes.x[i]), y = py(nodes.y[i]);
  return x > 20 && y > 20 && x < view.width - (panel.hidden ? 20 : panel.offsetWidth + 20) && y < view.height - 20;
}

function at(sx, sy) {
  let best = -1, least = Infinity;
  for (let i = 0; i < nodes.id.length; i += 1) {
    if (!passing[i] || !(near?.has(i)) && strength(kind(i)) < (kind(i) === "assertion" ? 0.5 : 0.4)) continue;
    const far = Math.hypot(px(nodes.x[i]) - sx, py(nodes.y[i]) - sy);
    if (far < Math.max(nodes.r[i] * view.z + 3, 8) && far < least) [best, least] = [i, far];
  }
  if (best >= 0) return { node: best };
  const line = lines.find((e) => close(e, sx, sy));
  if (line !== undefined) return { edge: line };
  const disc = data.discs.find(([i, x, y, r]) => passing[i] && Math.hypot(px(x) - sx, py(y) - sy) < r * view.z);
  return disc ? { node: disc[0], disc: true } : {};
}

function close(e, sx, sy) {
  const a = data.edges[e], b = data.edges[e + 1];
  const [x1, y1, x2, y2] = [px(nodes.x[a]), py(nodes.y[a]), px(nodes.x[b]), py(nodes.y[b])];
  const [mx, my] = bend(x1, y1, x2, y2);
  for (let t = 0; t <= 1; t += 1 / 40) {
    const u = 1 - t;
    if (Math.hypot(u * u * x1 + 2 * u * t * mx + t * t * x2 - sx, u * u * y1 + 2 * u * t * my + t * t * y2 - sy) < 6) return true;
  }
  return false;
}

// The panel -----------------------------------------------------------------------------------------------------------------

function make(name, text = "", attributes = {}) {
  const found = document.createElement(name);
  found.textContent = text;
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  return found;
}

function button(text, does, attributes = {}) {
  const found = make("button", text, { type: "button", ...attributes });
  found.addEventListener("click", does);
  return found;
}

function address(i) {
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

function tell() {
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
    item.append(button(nodes.label[j], () => choose(j, true), { class: "line" }), " · ", passages);
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

function choose(i, go = false) {
  chosen.focus = i;
  chosen.edge = -1;
  tell();
  spotlight();
  if (i >= 0 && (go && !visible(i))) approach(i);
  ask();
  sync(true);
}

function chooseLine(e) {
  chosen.edge = e;
  tell();
  spotlight();
  ask();
}

// The state in the address, and the table that goes with it ------------------------------------------------------------------

let syncing = 0, tabling = 0;
function sync(table = false) {
  clearTimeout(syncing);
  syncing = setTimeout(() => {
    const state = new URLSearchParams(onDisk ? "" : location.search);
    const put = (name, value) => (value ? state.set(name, value) : state.delete(name));
    put("focus", chosen.focus >= 0 ? nodes.id[chosen.focus] : "");
    put("depth", chosen.depth === 2 ? "2" : "");
    for (const name of ["kinds", "standing", "rel"]) put(name, [...chosen[name]].sort().join(","));
    put("z", view.z.toFixed(3));
    put("x", view.x.toFixed(0));
    put("y", view.y.toFixed(0));
    state.delete("page");
    const words = state.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
    history.replaceState(null, "", onDisk ? `#${words}` : `?${words}`);
  }, 150);
  if (!table || onDisk || root.dataset.toMap.endsWith(".html")) return;
  clearTimeout(tabling);
  tabling = setTimeout(refreshTable, 500);
}

async function refreshTable() {
  try {
    const reply = await fetch(`${location.pathname}${location.search}${location.search ? "&" : "?"}part=rows`, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("rows");
    if (reply.ok && fresh) document.getElementById("rows").replaceChildren(...fresh.childNodes);
  } catch { /* the table stays as it was */ }
}

function restore() {
  const state = new URLSearchParams(location.search);
  for (const [name, value] of new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "")) state.set(name, value);
  for (const name of ["kinds", "standing", "rel"]) chosen[name] = new Set((state.get(name) ?? "").split(",").filter(Boolean));
  chosen.focus = number.get(state.get("focus") ?? root.dataset.focus) ?? -1;
  if (state.get("depth") === "2") chosen.depth = 2;
  const [x, y, z] = ["x", "y", "z"].map((name) => Number.parseFloat(state.get(name)));
  showFilters();
  sift();
  tell();
  fit();
  if (Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z)) {
    Object.assign(view, { x, y, z: Math.min(20, Math.max(0.02, z)) });
  } else if (chosen.focus >= 0) approach(chosen.focus);
  ask();
}

// Hands and keys ------------------------------------------------------------------------------------------------------------

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
  const found = x < 0 ? {} : at(x, y), before = hover;
  hover = found.node ?? -1;
  stage.classList.toggle("over", hover >= 0 || found.edge !== undefined);
  if (hover !== before) ask();
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
  addEventListener("keydown", (event) => {
    const inside = stage.contains(event.target) || event.key === "Escape" && (panel.contains(event.target) || event.target === document.body);
    if (!inside || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    keys[event.key]();
    event.preventDefault();
  });
  document.querySelector(".maptools").addEventListener("click", (event) => {
    const does = event.target.closest("[data-do]")?.dataset.do;
    if (does === "help") document.getElementById("site-help")?.showModal();
    else if (does) keys[{ in: "+", out: "-", fit: 0 }[does]]();
  });
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

function main() {
  root.hidden = false;
  document.getElementById("no-picture").hidden = true;
  stage.append(canvas);
  data = JSON.parse(document.getElementById("map-data").textContent);
  index();
  resize();
  restore();
  listen();
  pointers();
  draw();
  Object.assign(map, { data, choose, approach, fit, zoom, move, number, at, draw, ready: performance.now() });
  root.dataset.ready = "yes";
}
main();
