(() => {
  const block = document.getElementById("what-if-data");
  const data = block && JSON.parse(block.textContent);
  if (!data) return;
  const changes = new Map();
  const skips = new Set();
  const now = { reach: 1, visits: 1, time: 1 };
  const of = (step) => changes.get(step) || now;
  const totalOf = whatIfTotal(data);
  const isChanged = (change) => change.reach !== 1 || change.visits !== 1 || change.time !== 1;
  const told = (seconds, panel) => {
    const units = panel.querySelector("[data-units]").dataset.units.split(" ");
    const size = Math.abs(seconds);
    const [at, by] = size >= 86400 ? [0, 86400] : size >= 3600 ? [1, 3600] : [2, 60];
    if (at === 2 && size > 0 && size < 60) return `< 1 ${units[at]}`;
    const digits = at === 2 || seconds === 0 || size / by >= 1000 ? 0 : 1;
    const format = new Intl.NumberFormat(panel.closest("[lang]").lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return `${format.format(seconds / by).replace("-", "\u2212")}\u00a0${units[at]}`;
  };
  const panels = () => document.querySelectorAll("[data-what-if]");
  const both = ({ low, high }, panel) => {
    const [least, most] = [told(low, panel), told(high, panel)];
    return least === most ? least : `${least} – ${most}`;
  };
  const label = (sum, out, panel) => {
    if (sum === null) return out.dataset.unknown;
    const less = { low: sum.low - data.total, high: sum.high - data.total };
    const isOne = told(sum.low, panel) === told(sum.high, panel);
    const amounts = isOne ? [sum.low, less.low] : [sum.low, sum.high, less.low, less.high];
    return amounts.reduce((text, each) => text.replace("#", told(each, panel)), isOne ? out.dataset.said : out.dataset.between);
  };
  const show = () => {
    const rungs = new Map();
    const sum = totalOf(changes, skips, rungs);
    for (const panel of panels()) {
      const out = panel.querySelector("[data-then]");
      const is = changes.size || skips.size;
      out.textContent = is ? label(sum, out, panel) : "";
      out.dataset.seconds = sum === null ? "" : String(sum.low);
      out.dataset.most = sum === null ? "" : String(sum.high);
      const longest = Math.max(data.total, sum === null ? 0 : sum.high);
      panel.querySelector('[data-bar="now"]').style.width = `${(100 * data.total) / longest}%`;
      panel.querySelector('[data-bar="then"]').style.width = sum === null ? "0" : `${(100 * sum.high) / longest}%`;
      for (const row of panel.querySelectorAll("[data-what-if-step]")) {
        const step = row.dataset.whatIfStep, own = data.steps[step], change = of(step);
        for (const input of row.querySelectorAll("[data-change]")) {
          input.value = Math.round(change[input.dataset.change] * 100);
          input.parentElement.querySelector("[data-percent]").textContent = `${input.value}\u00a0%`;
        }
        const isAsNow = !is || (sum === null && own.inBranches && !isChanged(change));
        row.querySelector("[data-rung-then]").textContent = isAsNow ? told(own.total, panel) : sum === null && own.inBranches ? "?" : both(rungs.get(step), panel);
        row.classList.toggle("shown", isChanged(change));
      }
      for (const box of panel.querySelectorAll("[data-skip]")) box.checked = skips.has(Number(box.dataset.skip));
    }
    mark(sum);
  };
  const ns = "http://www.w3.org/2000/svg";
  const mark = (sum) => {
    document.querySelectorAll("[data-what-if-mark]").forEach((each) => each.remove());
    document.querySelectorAll("[data-box]").forEach((box) => box.toggleAttribute("data-changed", isChanged(of(box.dataset.box))));
    if (sum === null || (!changes.size && !skips.size)) return;
    for (const ladder of document.querySelectorAll('g[data-ladder="elapsed"][data-left]')) {
      const { left, right, top } = ladder.dataset;
      const at = (seconds) => Math.min(Number(right), Number(left) + ((Number(right) - left) * seconds) / ladder.dataset.longest);
      const x = at(sum.high);
      const line = document.createElementNS(ns, "path");
      line.setAttribute("d", [at(sum.low), x].map((each) => `M${each} ${Number(top) - 6}V${Number(top) + 57}`).join(""));
      line.setAttribute("class", "what-if-line");
      const label = document.createElementNS(ns, "text");
      label.setAttribute("x", x);
      label.setAttribute("y", Number(top) - 9);
      label.setAttribute("text-anchor", "end");
      label.setAttribute("class", "what-if-label");
      label.textContent = both(sum, ladder.closest("section").querySelector("[data-what-if]"));
      const group = document.createElementNS(ns, "g");
      group.setAttribute("data-what-if-mark", "");
      group.append(line, label);
      ladder.append(group);
    }
  };
  const code = () => [...changes].filter(([, c]) => isChanged(c)).map(([step, c]) => [encodeURIComponent(step), ...["reach", "visits", "time"].map((k) => Math.round(c[k] * 100))].join("~")).join("!");
  const keep = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const [name, value] of [["what", code()], ["skip", [...skips].join("~")]]) { if (value) state.set(name, value); else state.delete(name); }
    history.replaceState(null, "", `#${state}`);
  };
  const set = (step, kind, share) => {
    const change = { ...of(step), [kind]: share };
    if (isChanged(change)) changes.set(step, change); else changes.delete(step);
  };
  document.addEventListener("input", (event) => {
    const kind = event.target.dataset && event.target.dataset.change;
    if (!kind) return;
    set(event.target.closest("[data-what-if-step]").dataset.whatIfStep, kind, Number(event.target.value) / 100);
    show();
    keep();
  });
  document.addEventListener("change", (event) => {
    const number = event.target.dataset && event.target.dataset.skip;
    if (number === undefined) return;
    if (event.target.checked) skips.add(Number(number)); else skips.delete(Number(number));
    show();
    keep();
  });
  const quoted = (text) => JSON.stringify(String(text));
  const rounded = (value) => Number(value.toFixed(6));
  const yaml = (button) => {
    const lines = [`name: what_if`, `title: ${quoted(button.dataset.title)}`, "kind: future", `changes_journey: ${quoted(data.design)}`, "changes:"];
    const steps = new Set([...[...changes].filter(([, c]) => isChanged(c)).map(([step]) => step), ...[...skips].map((n) => data.handoffs[n].step)]);
    for (const step of steps) {
      const own = data.steps[step], change = of(step);
      const skipped = [...skips].map((n) => data.handoffs[n]).filter((one) => one.step === step);
      lines.push(`  - step: ${quoted(own.name)}`);
      if (!change.reach || !change.visits || !change.time) { lines.push("    skip: true"); continue; }
      if (change.reach !== 1) lines.push(`    reach: ${rounded(own.reach * change.reach)}`);
      if (change.visits !== 1) lines.push(`    visits: ${rounded(own.visits * change.visits)}`);
      if (change.time !== 1) lines.push(`    designed: {wait: ${Math.round(own.time * change.time)}s}`);
      if (skipped.length) lines.push(`    without_handoffs: [${skipped.map((one) => `{from: ${quoted(one.giver)}, to: ${quoted(one.taker)}}`).join(", ")}]`);
    }
    return `${lines.join("\n")}\n`;
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-what-if-reset]")) { changes.clear(); skips.clear(); show(); keep(); }
    const save = event.target.closest("[data-what-if-save]");
    if (!save || (!changes.size && !skips.size)) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([yaml(save)], { type: "application/yaml" }));
    link.download = "what_if.yaml";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  const restore = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    changes.clear();
    skips.clear();
    for (const part of (state.get("what") || "").split("!").filter(Boolean)) {
      const [name, ...shares] = part.split("~");
      const step = decodeURIComponent(name);
      if (Object.hasOwn(data.steps, step)) ["reach", "visits", "time"].forEach((kind, i) => set(step, kind, Math.min(150, Math.max(0, Number(shares[i]) || 0)) / 100));
    }
    for (const number of (state.get("skip") || "").split("~").filter(Boolean).map(Number)) if (data.handoffs[number]) skips.add(number);
    if (changes.size || skips.size) panels().forEach((panel) => { panel.open = true; });
    show();
  };
  window.addEventListener("hashchange", restore);
  restore();
})();
