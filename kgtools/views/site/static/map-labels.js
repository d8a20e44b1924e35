// The names on the map: none over another, and none over the circle of another dossier.
import { chosen, data, kind, map, near, nodes, passing, px, py, view, within } from "./map-state.js";

// Where more circles are in sight, only those that are not small have names: the others get theirs on zoom.
const CIRCLES = 250, LABELS = 160, SMALL = 22, DOTS = 600;
let kept = new Map();

export function drawLabels(pen, palette) {
  const taken = map.names = [], circles = circlesInSight(), dots = dotsInSight();
  pen.textBaseline = "top";
  pen.textAlign = "center";
  pen.lineJoin = "round";
  pen.lineWidth = 3.5;
  pen.strokeStyle = palette.halo;
  for (const i of labelled(circles)) {
    for (const one of offers(i, pen)) {
      if (!fits(one, i, taken, circles, dots)) continue;
      taken.push(one.box);
      write(pen, one, kind(i) === "incident" ? palette["incident-text"] : palette.label);
      break;
    }
    if (taken.length > LABELS) return;
  }
}

function* labelled(circles) {
  if (chosen.focus >= 0) yield chosen.focus;
  if (view.hover >= 0 && view.hover !== chosen.focus) yield view.hover;
  if (near && near.size < 80) for (const i of near.keys()) if (i !== chosen.focus && (kind(i) !== "assertion" || view.z > 1.4)) yield i;
  const least = circles.length > CIRCLES ? SMALL : 0;
  const discs = circles.filter(([i, , , r]) => r >= least && passing[i] && (!near || near.has(i) || view.z < 1.2));
  for (const [i] of discs.sort((a, b) => b[3] - a[3])) yield i;
  if (!near && view.z >= 1.3) yield* nodesInSight((i) => kind(i) !== "incident" && (kind(i) !== "assertion" || view.z > 4));
}

function* nodesInSight(wanted) {
  const seen = (i) => Math.abs(px(nodes.x[i]) - view.width / 2) < view.width / 2 && Math.abs(py(nodes.y[i]) - view.height / 2) < view.height / 2;
  for (const i of within(0, 0, view.width, view.height)) if (passing[i] && wanted(i) && seen(i)) yield i;
}

// The nodes that other names are to leave to be seen, unless they are too many to look at each time.
function dotsInSight() {
  if (near || view.z < 1.3) return [];
  const found = [...nodesInSight((i) => kind(i) !== "assertion" || view.z > 4)];
  return found.length > DOTS ? [] : found.map((i) => [i, px(nodes.x[i]), py(nodes.y[i]), nodes.r[i] * view.z]);
}

function circlesInSight() {
  return data.discs.map(([i, x, y, r]) => [i, px(x), py(y), r * view.z])
    .filter(([, x, y, r]) => x + r > 0 && y + r > 0 && x - r < view.width && y - r < view.height);
}

// Where a name may stand, the best place first: that of a dossier in its circle, beneath, above, right or left of it, and where
// there is no room at all over it and the rims of others.
function* offers(i, pen) {
  const disc = near ? undefined : data.discOf.get(i), x = px(nodes.x[i]), y = py(nodes.y[i]), dot = Math.max(nodes.r[i] * view.z, 3) + 4;
  if (!disc) {
    const incident = kind(i) === "incident";
    const below = set(pen, i, 12, incident || !near ? 24 : 30, incident || !near ? 3 : i === chosen.focus ? 4 : 2, x, y + dot);
    yield below;
    yield shifted(below, 0, -2 * dot - tall(below));
    for (const side of [1, -1]) yield shifted(below, side * (dot + (below.box[2] - below.box[0]) / 2), -dot - tall(below) / 2 + 2);
    return;
  }
  const [cx, cy, r] = [px(disc[1]), py(disc[2]), disc[3] * view.z], size = r > 75 ? 14 : 12;
  for (const part of r > 300 ? [1] : r > SMALL ? [1.8, 1.5, 1.2] : []) {
    const own = set(pen, i, size, Math.min(30, part * r / (0.56 * size)), 4, cx, y + dot);
    for (const one of [own, shifted(own, 0, -2 * dot - tall(own))]) {
      if ([0, 2].every((side) => [1, 3].every((row) => Math.hypot(one.box[side] - cx, one.box[row] - cy) < r + 2))) yield one;
    }
  }
  const beside = set(pen, i, 12, 18, 3, cx, cy + r + 2), aside = r + 3 + (beside.box[2] - beside.box[0]) / 2;
  yield beside;
  yield shifted(beside, 0, -2 * r - tall(beside) - 1);
  for (const side of [1, -1]) yield shifted(beside, side * aside, -r - tall(beside) / 2);
  const over = set(pen, i, 12, 11, 3, cx, cy);
  if (r > SMALL) yield { ...shifted(over, 0, -tall(over) / 2), slack: 0.4 };
}

const tall = ({ box }) => box[3] - box[1];

function set(pen, i, size, room, rows, x, y) {
  const { text, font, wide } = setting(pen, i, size, Math.max(6, Math.round(room)), rows);
  return { text, font, size, x, y, box: [x - wide / 2 - 3, y - 2, x + wide / 2 + 3, y + text.length * size * 1.2 + 2] };
}

function setting(pen, i, size, room, rows) {
  const key = ((i * 64 + room) * 8 + rows) * 16 + size;
  if (kept.data !== data || kept.size > 20000) kept = Object.assign(new Map(), { data });
  if (!kept.has(key)) {
    const text = even(nodes.label[i], room, rows), font = `${kind(i) === "incident" ? "600 " : ""}${size}px system-ui, sans-serif`;
    pen.font = font;
    kept.set(key, { text, font, wide: Math.max(...text.map((line) => pen.measureText(line).width)) });
  }
  return kept.get(key);
}

const shifted = (one, right, down) => ({
  ...one, x: one.x + right, y: one.y + down, box: one.box.map((value, at) => value + (at % 2 ? down : right)),
});

function fits({ box: [left, top, right, bottom], slack = 0 }, i, taken, circles, dots) {
  if (right < 0 || bottom < 0 || left > view.width || top > view.height) return false;
  if (i === chosen.focus) return true;
  if (taken.some((one) => left < one[2] && one[0] < right && top < one[3] && one[1] < bottom)) return false;
  if (near) return true;
  if (left < 0 || top < 0 || right > view.width || bottom > view.height) return false;
  const reach = (value, low, high) => value - Math.min(Math.max(value, low), high);
  const clear = ([j, x, y, r]) => j === i || Math.hypot(reach(x, left, right), reach(y, top, bottom)) >= r * (1 - slack) - 3;
  return kind(i) === "incident" ? circles.every(clear) : dots.every(clear);
}

function write(pen, { text, font, size, x, y }, colour) {
  pen.font = font;
  pen.fillStyle = colour;
  text.forEach((line, row) => {
    pen.strokeText(line, x, y + row * size * 1.2);
    pen.fillText(line, x, y + row * size * 1.2);
  });
}

// As few lines as the room asks for, of much the same length.
function even(text, most, rows) {
  const wide = wrap(text, most, rows), narrow = wrap(text, Math.min(most, Math.ceil(text.length / wide.length) + 2), rows);
  return narrow.length === wide.length && narrow.at(-1).endsWith("…") === wide.at(-1).endsWith("…") ? narrow : wide;
}

function wrap(text, most, rows) {
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
  return cut;
}
