(() => {
  const show = (step) => {
    document.querySelectorAll("[data-panel]").forEach((panel) => { panel.hidden = panel.dataset.panel !== step; });
    document.querySelectorAll("[data-follow-step]").forEach((list) => { list.value = step; if (list.selectedIndex < 0) list.value = ""; });
  };
  const keep = (step) => {
    const state = new URLSearchParams(location.hash.slice(1));
    if (step) state.set("step", step); else state.delete("step");
    history.replaceState(null, "", `#${state}`);
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-follow-step]")) return;
    show(event.target.value);
    keep(event.target.value);
  });
  document.addEventListener("click", (event) => {
    const drawn = event.target.closest("[data-box], [data-rung], [data-stair], [data-queue]");
    if (!drawn || !drawn.closest("section")) return;
    const step = drawn.dataset.box || drawn.dataset.rung || drawn.dataset.stair || drawn.dataset.queue;
    if (step.startsWith("phase:")) return; // phases.js unfolds it
    show(step);
    keep(step);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const opened = event.target.closest("details[open]");
    if (opened) {
      opened.open = false;
      opened.querySelector("summary").focus();
      return;
    }
    const follow = [...document.querySelectorAll("[data-follow]")].find((each) => each.checkVisibility());
    if (!follow || !follow.querySelector("[data-panel]:not([hidden])")) return;
    show("");
    keep("");
    follow.querySelector("select").focus();
  });
  const restore = () => show(new URLSearchParams(location.hash.slice(1)).get("step") || "");
  window.addEventListener("hashchange", restore);
  restore();
})();
