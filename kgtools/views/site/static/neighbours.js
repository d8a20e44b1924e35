// The neighbourhood of a node: boxes placed by the server, drawn by vis-network out of the installed pyvis.
import { button, hear, make } from "./map-parts.js";
import { figure } from "./figures.js";

const root = document.getElementById("map");
const stage = document.getElementById("stage");
const panel = document.getElementById("panel");
const WIDTH = 204, LINE = 15;
let data, network, edges, palette = {}, chosen = null;

function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["canvas", "box", "line", "bright", "label", "section", "section-text", "focus", "incident", "explanation", "claim", "assertion", "speaker", "work"];
  palette = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function drawBox(pen, box, state) {
  const left = box.x - WIDTH / 2, top = box.y - box.h / 2, focus = box.id === data.focus;
  pen.beginPath();
  pen.roundRect(left, top, WIDTH, box.h, { speaker: 14, work: 0, assertion: 3 }[box.kind] ?? 8);
  pen.fillStyle = palette.box;
  pen.fill();
  pen.lineWidth = state.selected || focus ? 3.5 : 1.5;
  pen.strokeStyle = state.selected || state.hover ? palette.focus : palette[box.kind];
  pen.setLineDash(data.details[box.id].side === "against" ? [6, 4] : []);
  pen.stroke();
  pen.setLineDash([]);
  pen.fillStyle = palette[box.kind];
  pen.fillRect(left, top + 4, 5, box.h - 8);
  pen.fillStyle = palette.label;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  box.lines.forEach(([style, text], row) => {
    pen.font = `${style === "b" ? "600 13px" : style === "s" ? "11px" : "13px"} system-ui, sans-serif`;
    pen.fillText(text, left + 12, top + 7 + LINE * (row + 0.5), WIDTH - 20);
  });
}

function drawSections(pen) {
  colours();
  for (const [title, x, y, wide, tall] of data.sections) {
    pen.fillStyle = palette.section;
    pen.beginPath();
    pen.roundRect(x, y, wide, tall, 10);
    pen.fill();
    pen.fillStyle = palette["section-text"];
    pen.font = "600 18px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    pen.fillText(title, x + 22, y + 22);
  }
}

function lineStyle(edge) {
  const bright = chosen === null ? edge.touches : edge.id === chosen.edge || edge.from === chosen.node || edge.to === chosen.node;
  return {
    id: edge.id, width: bright ? 1.8 : 0.8, dashes: edge.relation === "against",
    color: { color: bright ? palette.bright : palette.line, highlight: palette.focus, hover: palette.focus, opacity: bright ? 0.8 : 0.35, inherit: false },
  };
}

function refresh() {
  colours();
  edges.update(edges.map(lineStyle));
  network.redraw();
}

function passagesOf(number) {
  const box = make("div", "", { class: "behind" });
  for (const name of data.behind[number]) {
    const one = data.passages[name], line = make("p", `${one.label}: ${one.places.join("; ")} `);
    if (one.url) line.append(make("a", "open the passage", { href: one.url }));
    box.append(line);
  }
  if (!data.behind[number].length) box.append(make("p", "Set down in the dossier; no passage of its own.", { class: "quiet" }));
  return box;
}

function tell() {
  panel.hidden = chosen === null;
  if (chosen === null) return;
  if (panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
  panel.replaceChildren(button("×", () => choose(null), { class: "close", "aria-label": "Close" }));
  if (chosen.edge !== undefined) {
    const edge = edges.get(chosen.edge), words = data.words[edge.relation];
    panel.append(make("p", "line", { class: "quiet" }), make("h2", `${data.details[edge.from].label} — ${words} — ${data.details[edge.to].label}`));
    panel.append(make("h3", "Passage behind this line"), passagesOf(edge.id));
    return;
  }
  const one = data.details[chosen.node];
  panel.append(make("p", one.kind, { class: `kindmark ${one.kind}` }), make("h2", one.label));
  if (one.text) panel.append(make("p", one.text));
  if (one.date) panel.append(make("p", one.date, { class: "quiet" }));
  const links = make("p");
  if (one.url) links.append(make("a", one.kind === "assertion" ? "open the passage" : "its page", { href: one.url }), " · ");
  if (chosen.node !== data.focus) links.append(make("a", "around this", { href: around(chosen.node) }));
  panel.append(links, make("h3", "Lines"));
  const list = make("ul");
  for (const edge of edges.get({ filter: (e) => e.from === chosen.node || e.to === chosen.node }).slice(0, 40)) {
    const there = edge.from === chosen.node ? edge.to : edge.from;
    const words = `${edge.from === chosen.node ? "" : "← "}${data.words[edge.relation]}${edge.from === chosen.node ? " →" : ""} ${data.details[there].label}`;
    const item = make("li");
    item.append(button(words, () => choose({ edge: edge.id }), { class: "line" }));
    list.append(item);
  }
  panel.append(list);
}

function around(name) {
  const [path, query] = root.dataset.toMap.split("?");
  return `${path}?focus=${encodeURIComponent(name)}${query ? `&${query}` : ""}`;
}

function choose(what) {
  chosen = what;
  network.unselectAll();
  if (what?.node !== undefined) network.selectNodes([what.node], false);
  if (what?.edge !== undefined) network.selectEdges([what.edge]);
  tell();
  refresh();
}

const extent = () => data.sections.reduce((box, [, x, y, w, h]) =>
  [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x + w), Math.max(box[3], y + h)], [0, 0, 1, 1]);

function fit() {
  const all = extent();
  const scale = Math.min(stage.clientWidth / (all[2] - all[0] + 40), stage.clientHeight / (all[3] - all[1] + 40), 1.2);
  look((all[0] + all[2]) / 2, (all[1] + all[3]) / 2, scale);
  return scale;
}

function begin() {
  const focus = data.nodes.find((one) => one.id === data.focus);
  if (fit() >= 0.55 || !focus) return;
  const wide = stage.clientWidth / 1.4, tall = stage.clientHeight / 1.4, all = extent();
  const within = (at, low, high, half) => (high - low < 2 * half ? (low + high) / 2 : Math.min(Math.max(at, low + half), high - half));
  look(within(focus.x, all[0] - 20, all[2] + 20, wide), within(focus.y, all[1] - 20, all[3] + 20, tall), 0.7);
}

const look = (x, y, scale) => network.moveTo({ position: { x, y }, scale: Math.min(3, Math.max(0.03, scale)), animation: false });

function zoom(factor) {
  const { x, y } = network.getViewPosition();
  look(x, y, network.getScale() * factor);
}

function move(right, down) {
  const { x, y } = network.getViewPosition(), scale = network.getScale();
  look(x + right / scale, y + down / scale, scale);
}

function step(by) {
  const names = data.nodes.map((one) => one.id), here = names.indexOf(chosen?.node);
  const name = names[(here + by + names.length) % names.length], box = data.nodes.find((one) => one.id === name);
  choose({ node: name });
  look(box.x, box.y, Math.max(network.getScale(), 0.7));
}

const keys = {
  ArrowLeft: () => move(-70, 0), ArrowRight: () => move(70, 0), ArrowUp: () => move(0, -70), ArrowDown: () => move(0, 70),
  "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), 0: fit, n: () => step(1), p: () => step(-1),
  Enter: () => { if (chosen?.node && data.details[chosen.node].url) location.href = data.details[chosen.node].url; else if (!chosen) choose({ node: data.focus }); },
  Escape: () => { if (chosen) { choose(null); stage.focus({ preventScroll: true }); } else history.back(); },
};

function listen() {
  network.on("click", (event) => choose(event.nodes.length ? { node: event.nodes[0] } : event.edges.length ? { edge: event.edges[0] } : null));
  network.on("doubleClick", (event) => { if (event.nodes.length) location.href = around(event.nodes[0]); });
  hear(keys, stage, panel);
  const field = document.getElementById("find"), list = document.getElementById("found");
  list.replaceChildren(...data.nodes.map((one) => make("option", "", { value: data.details[one.id].label })));
  field.addEventListener("change", () => {
    const found = data.nodes.find((one) => data.details[one.id].label.toLowerCase().includes(field.value.toLowerCase()));
    if (found && field.value) { choose({ node: found.id }); look(found.x, found.y, 0.9); }
  });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", refresh);
}

function render(box) {
  return ({ ctx, state }) => ({ drawNode: () => drawBox(ctx, box, state), nodeDimensions: { width: WIDTH, height: box.h } });
}

function main() {
  const text = document.getElementById("map-data").textContent.trim();
  if (!text || !window.vis) return;
  data = JSON.parse(text);
  if (!data.nodes.length) return;
  root.hidden = false;
  document.getElementById("no-picture").hidden = true;
  document.getElementById("count").textContent = data.nodes.length < data.all ? `${figure(data.nodes.length)} of ${figure(data.all)} nodes drawn; the table holds all` : `${figure(data.all)} nodes`;
  colours();
  const nodes = new vis.DataSet(data.nodes.map((box) => ({ id: box.id, x: box.x, y: box.y, shape: "custom", ctxRenderer: render(box) })));
  edges = new vis.DataSet(data.edges.map((edge) => {
    const from = data.nodes[edge.from].id, to = data.nodes[edge.to].id;
    return { ...edge, from, to, touches: from === data.focus || to === data.focus };
  }));
  network = new vis.Network(stage, { nodes, edges }, data.options);
  network.on("beforeDrawing", drawSections);
  for (const box of data.nodes) Object.assign(network.body.nodes[box.id].shape, { customSizeWidth: WIDTH, customSizeHeight: box.h });
  listen();
  refresh();
  begin();
  window.kgmap = { network, choose, data };
  root.dataset.ready = "yes";
}
main();
