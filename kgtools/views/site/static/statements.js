// Sorts and filters the table of statements in place; without it the same links and form ask the server.
import { figure } from "./figures.js";

for (const table of document.querySelectorAll("[data-sortable]")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const original = [...body.rows];
  const section = table.closest("section");
  const count = section.querySelector("[data-count]");
  const choice = section.querySelector("select[name=sort]");
  // Days in words do not sort as words: the order is the server's, if it gave this one.
  const given = heads[0].getAttribute("aria-sort");
  const dated = given === "descending" ? original.toReversed() : given && original;
  heads.forEach((head, place) => {
    head.querySelector("a")?.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || (place === 0 && !dated)) return;
      event.preventDefault();
      const down = head.getAttribute("aria-sort") === "ascending";
      const key = (row) => row.cells[place].textContent.trim();
      const order = place === 0 ? dated : original.toSorted((a, b) => key(a).localeCompare(key(b)));
      body.append(...(down ? order.toReversed() : order));
      choice.selectedIndex = place;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      for (const other of heads) {
        const link = other.querySelector("a");
        link.textContent = link.textContent.replace(/ [↑↓]$/, "") + (other === head ? (down ? " ↓" : " ↑") : "");
      }
    });
  });
  const words = section.querySelector("input[name=find]");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  words?.addEventListener("input", () => {
    const sought = fold(words.value).split(/\s+/).filter(Boolean);
    for (const row of original) row.hidden = !sought.every((one) => fold(row.textContent).includes(one));
    count.textContent = `${figure(original.filter((row) => !row.hidden).length)} of ${figure(original.length)} shown.`;
  });
}
