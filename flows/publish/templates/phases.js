// Each phase of the map folds and unfolds on its own; the address keeps which are open.
(() => {
  const buttons = () => [...document.querySelectorAll("button[data-phase]")];
  const state = () => new URLSearchParams(location.hash.slice(1));
  const open = new Set();
  const show = () => {
    buttons().forEach((button) => button.setAttribute("aria-expanded", String(open.has(button.dataset.phase))));
    document.querySelectorAll("[data-phase-steps]").forEach((steps) => { steps.hidden = !open.has(steps.dataset.phaseSteps); });
  };
  const keep = () => {
    const kept = state();
    if (open.size) kept.set("phases", [...open].map(Number).sort((a, b) => a - b).join(".")); else kept.delete("phases");
    history.replaceState(null, "", `#${kept}`);
  };
  const change = (act) => { act(); show(); keep(); };
  document.addEventListener("click", (event) => {
    const all = event.target.closest("[data-phases]");
    if (all) {
      change(() => { open.clear(); if (all.dataset.phases === "all") buttons().forEach((b) => open.add(b.dataset.phase)); });
      return;
    }
    const button = event.target.closest("button[data-phase]");
    if (button) {
      const { phase } = button.dataset;
      change(() => { if (!open.delete(phase)) open.add(phase); });
      return;
    }
    const box = event.target.closest("[data-box], [data-rung], [data-queue]");
    if (!box) return;
    const name = box.dataset.box || box.dataset.rung || box.dataset.queue;
    const own = buttons().find((each) => each.dataset.phaseBox === name && each.getClientRects().length);
    if (!own) return;
    change(() => open.add(own.dataset.phase));
    own.focus();
  });
  const restore = () => {
    const known = new Set(buttons().map((button) => button.dataset.phase));
    open.clear();
    (state().get("phases") || "").split(".").filter((phase) => known.has(phase)).forEach((phase) => open.add(phase));
    show();
  };
  window.addEventListener("hashchange", restore);
  restore();
})();
