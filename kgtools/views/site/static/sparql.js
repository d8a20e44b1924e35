// The editor: line numbers, prefixes on use, completion; runs a query without leaving the page, and stops it.
const form = document.getElementById("ask");
const field = document.getElementById("query");
const numbers = document.querySelector(".numbers");
const list = document.getElementById("completions");
const stop = document.getElementById("stop");
const elapsed = document.getElementById("elapsed");
const select = document.getElementById("prefix");
let known = null, running = null, offered = [], at = -1;

function count() {
  const lines = field.value.split("\n").length, wrong = Number(field.dataset.line) || 0;
  numbers.replaceChildren();
  for (let line = 1; line <= lines; line += 1) {
    const mark = line === wrong ? document.createElement("b") : document.createTextNode("");
    if (line === wrong) mark.textContent = String(line);
    else mark.data = String(line);
    numbers.append(mark, "\n");
  }
  numbers.scrollTop = field.scrollTop;
}

// Terms and prefixes come at the first touch.
async function learn() {
  if (known) return known;
  try {
    const reply = await fetch(field.dataset.src, { headers: { Accept: "application/json" } });
    known = (await reply.json()).data;
  } catch {
    return { prefixes: {}, terms: [], queries: {} };
  }
  for (const name of Object.keys(known.prefixes).sort()) {
    const option = document.createElement("option");
    option.value = option.textContent = name;
    select.append(option);
  }
  return known;
}

const declares = (name) => new RegExp(`\\bPREFIX\\s+${name}:`, "i").test(field.value);

function declare(name) {
  if (!known?.prefixes[name] || declares(name)) return;
  const line = `PREFIX ${name}: <${known.prefixes[name]}>\n`, heads = field.value.match(/^(?:(?:\s*#[^\n]*|\s*PREFIX[^\n]*|\s*)\n)*/i)[0];
  const after = heads.search(/\S/) < 0 ? 0 : heads.length, { selectionStart, selectionEnd } = field;
  field.setRangeText(line, after, after, "preserve");
  const by = selectionStart >= after ? line.length : 0;
  field.setSelectionRange(selectionStart + by, selectionEnd + by);
  count();
}

function before() {
  const text = field.value.slice(0, field.selectionStart), line = text.slice(text.lastIndexOf("\n") + 1);
  const quotes = (line.match(/"/g) ?? []).length % 2 || (line.match(/'/g) ?? []).length % 2;
  const word = line.match(/[?$]?[\p{L}\p{N}_-]*:?[\p{L}\p{N}_.-]*$/u)[0];
  return { word, plain: !quotes && !/(^|\s)#/.test(line) && !/<[^>\s]*$/.test(line) };
}

async function onInput() {
  delete field.dataset.line;
  count();
  const { word, plain } = before();
  if (plain && word.endsWith(":")) {
    await learn();
    declare(word.slice(0, -1));
  }
  if (!list.hidden) suggest();
}

// Completion ----------------------------------------------------------------------------------------------------------------

const WORDS = ["SELECT", "DISTINCT", "WHERE", "OPTIONAL", "FILTER", "UNION", "MINUS", "BIND", "VALUES", "GRAPH", "ORDER BY", "GROUP BY", "HAVING", "LIMIT", "OFFSET", "CONSTRUCT", "DESCRIBE", "ASK", "COUNT", "NOT EXISTS", "CONTAINS", "LCASE", "STRSTARTS", "REGEX"];

async function suggest() {
  const { terms } = await learn();
  const { word } = before(), wanted = word.toLowerCase(), local = wanted.slice(wanted.indexOf(":") + 1);
  const variables = [...new Set(field.value.match(/[?$]\w+/g) ?? [])].filter((one) => one !== word).map((one) => [one, "", "variable"]);
  const fits = ([name, label]) => {
    const low = name.toLowerCase();
    if (!wanted || low.startsWith(wanted)) return 0;
    if (!wanted.includes(":") && (low.slice(low.indexOf(":") + 1).startsWith(local) || label.toLowerCase().includes(wanted))) return 1;
    return low.includes(wanted) ? 2 : 9;
  };
  const all = wanted.startsWith("?") ? variables : [...terms, ...WORDS.map((one) => [one, "", "keyword"]), ...variables];
  offered = all.map((one) => [fits(one), one]).filter(([rank]) => rank < 9).sort((a, b) => a[0] - b[0]).slice(0, 40).map(([, one]) => one);
  showList();
}

function showList() {
  list.hidden = !offered.length;
  field.setAttribute("aria-controls", "completions");
  field.toggleAttribute("aria-activedescendant", false);
  list.replaceChildren(...offered.map(([name, label, kind], place) => {
    const item = document.createElement("li"), code = document.createElement("code"), small = document.createElement("small");
    code.textContent = name;
    small.textContent = [label, kind].filter(Boolean).join(" · ");
    item.append(code, small);
    item.id = `c-${place}`;
    item.setAttribute("role", "option");
    item.addEventListener("pointerdown", (event) => { event.preventDefault(); accept(place); });
    return item;
  }));
  mark(0);
  const text = field.value.slice(0, field.selectionStart).split("\n"), height = Number.parseFloat(getComputedStyle(field).lineHeight);
  list.style.top = `${Math.min(text.length * height + 14 - field.scrollTop, field.clientHeight)}px`;
  list.style.left = `${Math.min(field.offsetLeft + text.at(-1).length * height * 0.4, field.offsetLeft + field.clientWidth * 0.5)}px`;
}

function mark(place) {
  at = (place + offered.length) % (offered.length || 1);
  [...list.children].forEach((item, here) => {
    item.setAttribute("aria-selected", String(here === at));
    if (here === at) item.scrollIntoView({ block: "nearest" });
  });
  if (offered.length) field.setAttribute("aria-activedescendant", `c-${at}`);
}

function accept(place) {
  const { word } = before(), name = offered[place][0], end = field.selectionStart;
  field.setRangeText(`${name} `, end - word.length, end, "end");
  shut();
  if (name.includes(":")) declare(name.split(":")[0]);
  count();
  field.focus();
}

function shut() {
  list.hidden = true;
  field.removeAttribute("aria-activedescendant");
}

// Running -------------------------------------------------------------------------------------------------------------------

async function run(address, text) {
  running?.abort();
  const mine = new AbortController(), begun = performance.now();
  running = mine;
  stop.hidden = false;
  const tick = setInterval(() => { elapsed.textContent = `${((performance.now() - begun) / 1000).toFixed(1)} s`; }, 100);
  try {
    const long = address.length > 7000;
    const reply = long
      ? await fetch("/sparql", { method: "POST", body: new URLSearchParams({ query: text, inline: "1" }), headers: { Accept: "text/html" }, signal: mine.signal })
      : await fetch(`${address}&inline=1`, { headers: { Accept: "text/html" }, signal: mine.signal });
    const body = await reply.text();
    elapsed.textContent = `answered in ${((performance.now() - begun) / 1000).toFixed(2)} s${long ? "; too long for an address to share" : ""}`;
    if (!long) history.pushState(null, "", address);
    if (reply.headers.get("Content-Type")?.startsWith("text/html")) show(body);
    else complain(body);
  } catch (error) {
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const older = document.getElementById("answer").childElementCount ? "; below is the answer to an earlier query" : "";
    elapsed.textContent = mine.signal.aborted ? `stopped after ${seconds} s${older}` : `no answer: ${error.message}`;
  } finally {
    clearInterval(tick);
    if (running === mine) {
      running = null;
      stop.hidden = true;
    }
  }
}

function show(body) {
  const page = new DOMParser().parseFromString(body, "text/html");
  document.getElementById("answer").replaceChildren(...page.getElementById("answer").childNodes);
  const wrong = page.getElementById("query");
  for (const name of ["line", "column"]) {
    if (wrong.dataset[name]) field.dataset[name] = wrong.dataset[name];
    else delete field.dataset[name];
  }
  field.toggleAttribute("aria-invalid", Boolean(wrong.dataset.line));
  count();
  if (field.dataset.line > 0) place(Number(field.dataset.line), Number(field.dataset.column));
}

// Put the cursor where the query went wrong.
function place(line, column) {
  const lines = field.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + Math.min(column - 1, (lines[line - 1] ?? "").length);
  field.setSelectionRange(start, Math.min(start + 1, field.value.length));
  if (form.contains(document.activeElement)) field.focus();
}

function complain(body) {
  const box = document.createElement("div"), words = document.createElement("p");
  box.className = "wrong";
  box.setAttribute("role", "alert");
  words.textContent = body;
  box.append(words);
  document.getElementById("answer").replaceChildren(box);
}

function submit() {
  const address = new URL(form.getAttribute("action"), location.href);
  for (const [name, value] of new FormData(form)) address.searchParams.set(name, value.replaceAll("\r\n", "\n"));
  run(address.pathname + address.search, field.value);
}

function halt() {
  running?.abort();
}

form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
stop.addEventListener("click", halt);
field.addEventListener("input", onInput);
field.addEventListener("scroll", () => { numbers.scrollTop = field.scrollTop; });
field.addEventListener("focus", learn, { once: true });
field.addEventListener("blur", shut);
field.addEventListener("keydown", (event) => {
  const { key } = event;
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  else if (key === " " && event.ctrlKey) suggest();
  else if (!list.hidden && key === "ArrowDown") mark(at + 1);
  else if (!list.hidden && key === "ArrowUp") mark(at - 1);
  else if (!list.hidden && (key === "Enter" || key === "Tab")) accept(at);
  else if (!list.hidden && key === "Escape") shut();
  else if (key === "Escape" && running) halt();
  else return;
  event.preventDefault();
});
addEventListener("keydown", (event) => { if (event.key === "Escape" && running && event.target !== field) halt(); });
select.addEventListener("change", () => { if (select.value) declare(select.value); select.value = ""; field.focus(); });
select.addEventListener("focus", learn, { once: true });
document.getElementById("answer").addEventListener("click", (event) => {
  const link = event.target.closest("[data-view]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  run(link.getAttribute("href").split("#")[0], field.value);
});
addEventListener("popstate", () => location.reload());
document.getElementById("prefixing").hidden = false;
document.getElementById("hint").hidden = false;
new ResizeObserver(count).observe(field);
count();
