// The state in the address, and the table below the picture that goes with it.
import { chosen, nodes, onDisk, root, view } from "./map-state.js";

let syncing = 0, tabling = 0;
export function sync(table = false) {
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
