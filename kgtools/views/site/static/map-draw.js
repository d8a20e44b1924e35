// The picture: circles of dossiers, what they hold on zoom, lines for what is in focus; colours from the style sheet at drawing.
import { chosen, data, homeless, inside, kind, left, lines, map, near, nodes, passing, view } from "./map-state.js";

export const canvas = document.createElement("canvas");
const pen = canvas.getContext("2d");
let palette = {}, waiting = 0, wrapped = new Map();

export const px = (x) => (x - view.x) * view.z + view.width / 2;
export const py = (y) => (y - view.y) * view.z + view.height / 2;
const ramp = (from, to) => Math.min(1, Math.max(0, (view.z - from) / (to - from)));

export function ask() {
  if (!waiting) waiting = requestAnimationFrame(draw);
}

export function draw() {
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
    pen.globalAlpha = passing[i] || left[place] ? 1 : 0.35;
    pen.beginPath();
    pen.arc(sx, sy, sr, 0, 7);
    pen.fillStyle = palette.disc;
    pen.fill();
    pen.lineWidth = i === chosen.focus ? 3 : place === home || i === view.hover ? 2 : 1;
    pen.strokeStyle = i === chosen.focus ? palette.focus : place === home || i === view.hover ? palette.incident : palette["disc-line"];
    pen.stroke();
  });
  pen.globalAlpha = 1;
}

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

export const bend = (x1, y1, x2, y2) => [(x1 + x2) / 2 - (y2 - y1) * 0.12, (y1 + y2) / 2 + (x2 - x1) * 0.12];

// How strongly a kind shows at this size: incidents always, the others on zoom, what is in focus always.
export function strength(name) {
  if (name === "incident") return 1;
  return name === "assertion" ? ramp(0.75, 1.4) : 0.25 + 0.75 * ramp(0.35, 0.9);
}

// Where there are many nodes, those of a dossier show when its circle is large enough to tell them apart.
const MANY = 8000, APART = 14;

// The nodes that may be in a part of the picture: of the circles that reach into it.
export function* within(x1, y1, x2, y2) {
  const least = nodes.id.length > MANY ? APART : 0;
  for (let place = 0; place < inside.length; place += 1) {
    const [i, x, y, r] = data.discs[place], sx = px(x), sy = py(y), sr = r * view.z;
    if (sx + sr < x1 || sy + sr < y1 || sx - sr > x2 || sy - sr > y2) continue;
    if (sr < least) yield i;
    else yield* inside[place];
  }
  if (view.z > 0.35 || !least) yield* homeless;
}

function drawNodes() {
  const margin = 14, layers = [new Map(), new Map()], found = new Set(within(-margin, -margin, view.width + margin, view.height + margin));
  for (const i of near ? near.keys() : []) found.add(i);
  if (chosen.focus >= 0) found.add(chosen.focus);
  for (const i of found) {
    if (!passing[i] && i !== chosen.focus) continue;
    const x = px(nodes.x[i]), y = py(nodes.y[i]);
    if (x < -margin || y < -margin || x > view.width + margin || y > view.height + margin) continue;
    const layer = layers[!near || near.has(i) ? 1 : 0];
    if (!layer.has(nodes.kind[i])) layer.set(nodes.kind[i], []);
    layer.get(nodes.kind[i]).push(i);
  }
  data.kinds.forEach((name, k) => {
    const strong = strength(name);
    for (const layer of [0, 1]) {
      pen.globalAlpha = near && layer ? 1 : near ? strong * 0.3 : strong;
      if (pen.globalAlpha < 0.02) continue;
      pen.beginPath();
      for (const i of layers[layer].get(k) ?? []) {
        outline(name, px(nodes.x[i]), py(nodes.y[i]), Math.max(nodes.r[i] * view.z, near?.has(i) ? 3.5 : 1.1));
      }
      pen.fillStyle = palette[name];
      pen.fill();
    }
  });
  pen.globalAlpha = 1;
  for (const i of [view.hover, chosen.focus]) {
    if (i < 0 || data.discOf.has(i) && i !== chosen.focus) continue;
    pen.beginPath();
    pen.arc(px(nodes.x[i]), py(nodes.y[i]), Math.max(nodes.r[i] * view.z, 3) + 4, 0, 7);
    pen.lineWidth = 2.5;
    pen.strokeStyle = i === chosen.focus ? palette.focus : palette.bright;
    pen.stroke();
  }
}

function outline(name, x, y, r) {
  // Too small for its shape to be told.
  if (r < 1.6) pen.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else if (name === "work") pen.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
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
  if (view.hover >= 0 && view.hover !== chosen.focus) yield view.hover;
  if (near && near.size < 80) for (const i of near.keys()) if (i !== chosen.focus && (kind(i) !== "assertion" || view.z > 1.4)) yield i;
  const discs = data.discs.map((disc) => disc[0]).filter((i) => !near || near.has(i) || view.z < 1.2);
  yield* discs.filter((i) => passing[i]).sort((a, b) => data.discOf.get(b)[3] - data.discOf.get(a)[3]);
  if (near || view.z < 1.3) return;
  const seen = (i) => Math.abs(px(nodes.x[i]) - view.width / 2) < view.width / 2 && Math.abs(py(nodes.y[i]) - view.height / 2) < view.height / 2;
  for (const i of within(0, 0, view.width, view.height)) {
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
