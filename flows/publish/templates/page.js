"use strict";
(() => {
  const root = document.documentElement;
  const shown = { language: "language", clock: "shownClock", zoom: "zoom" };
  const choose = (what, value) => {
    root.dataset[shown[what]] = value;
    if (what === "language") root.lang = value;
    document.querySelectorAll(`input[data-switch="${what}"]`).forEach((input) => { input.checked = input.value === value; });
  };
  const state = () => new URLSearchParams(location.hash.slice(1));
  const allowed = { language: ["nl", "en"], clock: [...document.querySelectorAll("input[data-switch='clock']:enabled")].map((input) => input.value), zoom: ["fit", "whole", "large"] };
  const restore = () => {
    const wanted = state();
    for (const what of Object.keys(allowed)) {
      if (allowed[what].includes(wanted.get(what))) choose(what, wanted.get(what));
    }
    const anchor = /^(nl|en)-/.exec(location.hash.slice(1));
    if (anchor) choose("language", anchor[1]);
  };
  document.addEventListener("change", (event) => {
    const what = event.target.dataset && event.target.dataset.switch;
    if (!what) return;
    choose(what, event.target.value);
    history.replaceState(null, "", `#language=${root.dataset.language}&clock=${root.dataset.shownClock}&zoom=${root.dataset.zoom}`);
    if (what === "language") {
      const same = document.querySelector(`[data-in="${event.target.value}"] input[data-switch="language"]:checked`);
      if (same) same.focus();
    }
  });
  document.addEventListener("click", (event) => {
    const drawn = event.target.closest("[data-box], [data-rung], [data-stair], [data-queue]");
    if (!drawn) return;
    const step = drawn.dataset.box || drawn.dataset.rung || drawn.dataset.stair || drawn.dataset.queue;
    const rows = [...drawn.closest("section").querySelectorAll("tr[data-key]")].filter((row) => row.dataset.key === step);
    document.querySelectorAll("tr.shown").forEach((row) => row.classList.remove("shown"));
    rows.forEach((row) => { row.classList.add("shown"); row.closest("details").open = true; });
    if (rows.length) rows[0].scrollIntoView({ block: "center" });
  });
  document.querySelectorAll(".map .scroll").forEach((box) => box.addEventListener("scroll", () => {
    box.querySelectorAll("[data-pinned]").forEach((names) => {
      const svg = names.ownerSVGElement;
      const drawn = svg.getBoundingClientRect().width;
      if (!drawn) return;
      names.setAttribute("transform", `translate(${(box.scrollLeft * svg.viewBox.baseVal.width) / drawn} 0)`);
      names.firstElementChild.setAttribute("fill-opacity", box.scrollLeft > 0 ? "0.9" : "0");
    });
  }, { passive: true }));
  window.addEventListener("hashchange", restore);
  restore();
})();
