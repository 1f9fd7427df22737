"use strict";
(() => {
  const sliders = ["activities", "paths"];
  const inputs = (name) => [...document.querySelectorAll(`input[data-slider="${name}"]`)];
  const state = () => new URLSearchParams(location.hash.slice(1));
  const shownOf = (map) => {
    const [nodes, paths] = sliders.map((name) => Number(map.querySelector(`input[data-slider="${name}"]`).value));
    const drawn = { nodes: 0, paths: 0, count: 0 };
    map.querySelectorAll("[data-node], [data-end]").forEach((each) => {
      each.classList.toggle("off", Number(each.dataset.node || each.dataset.end) >= nodes);
    });
    map.querySelectorAll("[data-path]").forEach((each) => {
      const { path, from, to, kept, count } = each.dataset;
      const isOn = Number(from) < nodes && Number(to) < nodes && (kept === "yes" || Number(path) < paths);
      each.classList.toggle("off", !isOn);
      if (isOn && count) { drawn.paths += 1; drawn.count += Number(count); }
    });
    drawn.nodes = Math.min(nodes, map.querySelectorAll("[data-node]").length);
    return drawn;
  };
  const told = (map) => {
    const drawn = shownOf(map);
    const said = map.querySelector("[data-said]");
    const { all, nodes, edges, locale, nearly } = said.dataset;
    const number = (n) => new Intl.NumberFormat(locale).format(n);
    const isWhole = drawn.paths === Number(edges);
    const percent = isWhole ? 100 : Math.min(100, (100 * drawn.count) / (Number(all) || 1));
    const isPart = !isWhole && percent >= 99.95;
    const share = isPart ? nearly : new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(percent);
    const filled = {
      nodes: number(drawn.nodes), allNodes: number(nodes), paths: number(drawn.paths), allPaths: number(edges),
      hidden: number(Number(edges) - drawn.paths), share, hiddenNodes: number(Number(nodes) - drawn.nodes),
    };
    const text = said.dataset.said.replace(/\[(\w+)\]/g, (_, key) => filled[key]);
    if (said.textContent !== text) said.textContent = text;
    sliders.forEach((name) => {
      const input = map.querySelector(`input[data-slider="${name}"]`);
      map.querySelector(`output[data-of="${name}"]`).textContent = number(Number(input.value));
    });
  };
  const maps = () => [...new Set(inputs("activities").map((input) => input.closest("figure")))];
  const slide = (name, value) => inputs(name).forEach((input) => { input.value = value; });
  document.addEventListener("input", (event) => {
    const name = event.target.dataset && event.target.dataset.slider;
    if (!name) return;
    slide(name, event.target.value);
    maps().forEach(told);
  });
  document.addEventListener("change", (event) => {
    const name = event.target.dataset && event.target.dataset.slider;
    if (!name) return;
    const kept = state();
    kept.set(name, event.target.value);
    history.replaceState(null, "", `#${kept}`);
  });
  const restore = () => {
    const wanted = state();
    const asked = sliders.filter((name) => /^\d+$/.test(wanted.get(name) || ""));
    asked.forEach((name) => slide(name, wanted.get(name)));
    if (asked.length) maps().forEach(told);
  };
  window.addEventListener("hashchange", restore);
  restore();
})();
