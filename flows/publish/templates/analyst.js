"use strict";
(() => {
  const keyOf = (row, at) => {
    const cell = row.children[at];
    if (cell.dataset.value === undefined) return cell.textContent.trim();
    return cell.dataset.value === "" ? null : Number(cell.dataset.value);
  };
  const order = (a, b) => {
    if (a === b) return 0;
    if (a === null || a === "") return 1;
    if (b === null || b === "") return -1;
    return typeof a === "number" ? a - b : a.localeCompare(b, document.documentElement.lang);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-sort]");
    if (!button) return;
    const head = button.closest("th");
    const isDown = head.getAttribute("aria-sort") === "ascending";
    head.parentElement.querySelectorAll("[aria-sort]").forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    const body = button.closest("table").tBodies[0];
    const at = Number(button.dataset.sort);
    const rows = [...body.rows].map((row) => [keyOf(row, at), row]);
    const isEmpty = (key) => key === null || key === "";
    rows.sort(([a], [b]) => (isDown && !isEmpty(a) && !isEmpty(b) ? order(b, a) : order(a, b)));
    body.append(...rows.map(([, row]) => row));
  });
})();
