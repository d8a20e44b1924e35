// Moving over the map, and what lies at a point of it.
import { data, kind, lines, near, nodes, panel, passing, px, py, stage, view, within } from "./map-state.js";
import { sync } from "./map-address.js";
import { ask, bend, canvas, strength } from "./map-draw.js";

export function resize() {
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

export function fit() {
  const circles = data.discs.length ? data.discs.map(([, x, y, r]) => [x, y, r]) : [[0, 0, 100]];
  frame(Math.min(...circles.map((c) => c[0] - c[2])), Math.min(...circles.map((c) => c[1] - c[2])),
    Math.max(...circles.map((c) => c[0] + c[2])), Math.max(...circles.map((c) => c[1] + c[2])));
}

export function zoom(factor, sx = view.width / 2, sy = view.height / 2) {
  const z = Math.min(20, Math.max(0.02, view.z * factor));
  view.x += (sx - view.width / 2) * (1 / view.z - 1 / z);
  view.y += (sy - view.height / 2) * (1 / view.z - 1 / z);
  view.z = z;
  ask();
  sync();
}

export function move(right, down) {
  view.x += right / view.z;
  view.y += down / view.z;
  ask();
  sync();
}

// Bring a node into sight: an incident with its whole circle.
export function approach(i) {
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

export function visible(i) {
  const x = px(nodes.x[i]), y = py(nodes.y[i]);
  return x > 20 && y > 20 && x < view.width - (panel.hidden ? 20 : panel.offsetWidth + 20) && y < view.height - 20;
}

export function at(sx, sy) {
  let best = -1, least = Infinity;
  const around = [...within(sx - 8, sy - 8, sx + 8, sy + 8)].concat(near ? [...near.keys()] : []);
  for (const i of around) {
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

export function close(e, sx, sy) {
  const a = data.edges[e], b = data.edges[e + 1];
  const [x1, y1, x2, y2] = [px(nodes.x[a]), py(nodes.y[a]), px(nodes.x[b]), py(nodes.y[b])];
  const [mx, my] = bend(x1, y1, x2, y2);
  for (let t = 0; t <= 1; t += 1 / 40) {
    const u = 1 - t;
    if (Math.hypot(u * u * x1 + 2 * u * t * mx + t * t * x2 - sx, u * u * y1 + 2 * u * t * my + t * t * y2 - sy) < 6) return true;
  }
  return false;
}
