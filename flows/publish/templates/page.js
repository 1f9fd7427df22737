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
  const allowed = { language: ["nl", "en"], clock: ["elapsed", "working"], zoom: ["fit", "whole", "large"] };
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
  window.addEventListener("hashchange", restore);
  restore();
})();
