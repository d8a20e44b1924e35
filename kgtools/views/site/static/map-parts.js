// What the map and a neighbourhood have in common: elements, and keys with the buttons that stand for some of them.
export function make(name, text = "", attributes = {}) {
  const found = document.createElement(name);
  found.textContent = text;
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  return found;
}

export function button(text, does, attributes = {}) {
  const found = make("button", text, { type: "button", ...attributes });
  found.addEventListener("click", does);
  return found;
}

// Keys, by what they are called: those pressed in the picture, and Escape in the panel and where nothing has the focus.
export function hear(keys, stage, panel) {
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
}
