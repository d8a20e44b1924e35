// What the map knows: its data as it came, what is chosen, which nodes the filters leave, and what lies around the focus.
export const root = document.getElementById("map");
export const stage = document.getElementById("stage");
export const panel = document.getElementById("panel");
export const onDisk = location.protocol === "file:";
export const view = { x: 0, y: 0, z: 1, width: 0, height: 0, hover: -1 };
export const chosen = { focus: -1, edge: -1, depth: Number(root.dataset.depth) || 1, kinds: new Set(), standing: new Set(), rel: new Set() };
// What may be reached from outside: measured in benchmarks/map.py and looked at by tests.
export const map = (window.kgmap = { view, chosen, drawn: 0, spent: 0 });
export let data, nodes, beside, number, passing, near = null, lines = [];
// The nodes of each dossier, and those of none, so that what is out of sight costs nothing; how many of each the filters leave.
export let inside = [], homeless = [], left = [];

export function index(loaded) {
  data = loaded;
  nodes = data.nodes;
  number = new Map(nodes.id.map((id, i) => [id, i]));
  beside = nodes.id.map(() => []);
  for (let e = 0; e < data.edges.length; e += 3) {
    beside[data.edges[e]].push(e);
    if (data.edges[e] !== data.edges[e + 1]) beside[data.edges[e + 1]].push(e);
  }
  data.discOf = new Map(data.discs.map((disc) => [disc[0], disc]));
  inside = data.discs.map(() => []);
  homeless = [];
  nodes.home.forEach((home, i) => (home < 0 ? homeless : inside[home]).push(i));
}

export const kind = (i) => data.kinds[nodes.kind[i]];
export const other = (e, i) => (data.edges[e] === i ? data.edges[e + 1] : data.edges[e]);

function passes(i, want) {
  if (want.kinds.size && !want.kinds.has(kind(i))) return false;
  if (want.standing.size) {
    const fits = (j) => nodes.standing[j] >= 0 && want.standing.has(data.standings[nodes.standing[j]]);
    if (!fits(i) && (kind(i) === "assertion" || !beside[i].some((e) => fits(other(e, i))))) return false;
  }
  return !want.rel.size || beside[i].some((e) => want.rel.has(data.relations[data.edges[e + 2]][0]));
}

export const counted = (want) => nodes.id.reduce((sum, _, i) => sum + (passes(i, want) ? 1 : 0), 0);

export const label = (name, value) => (name === "rel" ? data.relations.find((one) => one[0] === value)?.[1] ?? value : value);

export function sift() {
  passing = Uint8Array.from(nodes.id, (_, i) => (passes(i, chosen) ? 1 : 0));
  left = inside.map((listed) => listed.reduce((sum, i) => sum + passing[i], 0));
  spotlight();
}

// The focus: what lies around it, and its lines.
export function spotlight() {
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

// Where a place of the map is on the screen.
export const px = (x) => (x - view.x) * view.z + view.width / 2;
export const py = (y) => (y - view.y) * view.z + view.height / 2;

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
