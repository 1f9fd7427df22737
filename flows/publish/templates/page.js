"use strict";
(() => {
  const root = document.documentElement;
  const shown = { language: "language", clock: "shownClock", zoom: "zoom", cases: "cases", fold: "fold", weight: "weight", level: "level", since: "since" };
  const choose = (what, value) => {
    root.dataset[shown[what]] = value;
    if (what === "language") root.lang = value;
    document.querySelectorAll(`input[data-switch="${what}"]`).forEach((input) => { input.checked = input.value === value; });
  };
  const state = () => new URLSearchParams(location.hash.slice(1));
  const choices = (what) => [...document.querySelectorAll(`input[data-switch="${what}"]:enabled`)].map((input) => input.value);
  const allowed = Object.fromEntries(Object.keys(shown).map((what) => [what, choices(what)]));
  const keep = (more) => {
    const kept = state();
    if (/^(nl|en)-/.test(location.hash.slice(1))) kept.delete(location.hash.slice(1));
    for (const what of Object.keys(shown)) kept.set(what, root.dataset[shown[what]]);
    for (const [name, value] of Object.entries(more || {})) { if (value) kept.set(name, value); else kept.delete(name); }
    history.replaceState(null, "", `#${kept}`);
  };
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
    keep();
    if (what !== "language") rescale(1);
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
  let scale = 1;
  const rescale = (wanted) => {
    scale = Math.min(4, Math.max(0.3, wanted));
    document.querySelectorAll(".map .scroll").forEach((box) => {
      const svg = [...box.querySelectorAll("svg")].find((each) => each.getClientRects().length);
      if (!svg) return;
      const before = svg.getBoundingClientRect().width;
      const middle = (box.scrollLeft + box.clientWidth / 2) / before;
      svg.style.width = svg.style.minWidth = "";
      if (scale === 1) return;
      const wide = svg.getBoundingClientRect().width * scale;
      svg.style.width = `${wide}px`;
      svg.style.minWidth = "0";
      box.scrollLeft = middle * wide - box.clientWidth / 2;
    });
  };
  const zoomed = { in: () => scale * 1.25, out: () => scale / 1.25, reset: () => 1 };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scale]");
    if (button) rescale(zoomed[button.dataset.scale]());
  });
  document.querySelectorAll(".map .scroll").forEach((box) => {
    const keys = { "+": "in", "=": "in", "-": "out", 0: "reset" };
    box.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
      event.preventDefault();
      rescale(zoomed[keys[event.key]]());
    });
    box.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      rescale(event.deltaY < 0 ? zoomed.in() : zoomed.out());
    }, { passive: false });
    let grip = null;
    box.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" && event.button === 0) grip = [event.clientX, box.scrollLeft];
    });
    window.addEventListener("pointermove", (event) => {
      if (grip) box.scrollLeft = grip[1] - (event.clientX - grip[0]);
    });
    window.addEventListener("pointerup", () => { grip = null; });
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
