// The picture: circles of dossiers, what they hold on zoom, lines for what is in focus; colours from the style sheet at drawing.
import { chosen, data, left, lines, map, near, nodes, passing, px, py, view, within } from "./map-state.js";
import { drawLabels } from "./map-labels.js";

export const canvas = document.createElement("canvas");
const pen = canvas.getContext("2d");
let palette = {}, waiting = 0;

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
  drawLabels(pen, palette);
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
