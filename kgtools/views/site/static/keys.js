// Keys for every page: / searches, j and k go from statement to statement, t e d s jump to parts, y copies, ? lists the keys.
const parts = { t: "timeline", e: "explanations", d: "discrepancies", s: "statements" };
const said = document.getElementById("site-status");
const help = document.getElementById("site-help");

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open]");

const statements = () => [...document.querySelectorAll(".statement[id]")].filter((one) => one.getClientRects().length);

function step(by) {
  const all = statements();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement.closest?.(".statement") ?? document.querySelector(".statement:target"));
  const there = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1)];
  there.tabIndex = -1;
  there.focus({ preventScroll: true });
  there.scrollIntoView({ block: "nearest" });
  history.replaceState(history.state, "", `#${there.id}`);
}

async function copy() {
  const here = document.activeElement.closest?.(".statement") ?? document.querySelector(".statement:target");
  const found = new URL(here ? `#${here.id}` : location.hash || "#main", location.href);
  // With the data version, where a server answers.
  const kept = document.getElementById("kept")?.href;
  if (kept) found.searchParams.set("version", new URL(kept).searchParams.get("version"));
  const address = found.href;
  try {
    await navigator.clipboard.writeText(address);
    said.textContent = "Address copied.";
  } catch {
    said.textContent = `Address: ${address}`;
  }
  said.classList.remove("unseen");
  setTimeout(() => said.classList.add("unseen"), 2500);
}

function jump(part) {
  const there = document.getElementById(part);
  if (!there) return;
  there.tabIndex = -1;
  there.scrollIntoView();
  there.focus({ preventScroll: true });
  history.replaceState(history.state, "", `#${part}`);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const { key } = event;
  if (key === "/") document.getElementById("q")?.focus();
  else if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
  else if (key === "y") copy();
  else if (key === "?") help.showModal();
  else if (key in parts) jump(parts[key]);
  else return;
  event.preventDefault();
});

// What the address points at inside something folded is unfolded; printing unfolds everything.
function reveal() {
  let there = null;
  try {
    there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    // an address whose end is no encoding of anything points nowhere
  }
  for (let box = there && there.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  if (there) there.scrollIntoView({ block: "nearest" });
}
addEventListener("hashchange", reveal);
reveal();

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const box of folded) box.open = true;
});
addEventListener("afterprint", () => {
  for (const box of folded) box.open = false;
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
