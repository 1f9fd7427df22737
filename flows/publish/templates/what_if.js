(() => {
  const block = document.getElementById("what-if-data");
  const data = block && JSON.parse(block.textContent);
  if (!data) return;
  const changes = new Map();
  const skips = new Set();
  const now = { reach: 1, visits: 1, time: 1 };
  const of = (step) => changes.get(step) || now;
  const gainAt = (own, cut) => {
    if (cut < 0) return own.total * cut;
    const place = Math.min(20, cut * 20), low = Math.floor(place + 1e-9);
    const next = own.curve[Math.min(20, low + 1)];
    return own.curve[low] + (next - own.curve[low]) * Math.max(0, place - low);
  };
  const gain = (own, change) => {
    const left = change.visits * change.time;
    if ((change.reach > 1 || left > 1) && (!own.grows || (change.reach > 1 && own.beside.length))) return null;
    if (change.reach > 1) return gainAt(own, 1 - change.reach * left);
    return change.reach * gainAt(own, 1 - left) + (1 - change.reach) * gainAt(own, 1);
  };
  const isChanged = (change) => change.reach !== 1 || change.visits !== 1 || change.time !== 1;
  const total = () => {
    let sum = data.total;
    const touched = new Set([...changes].filter(([, c]) => isChanged(c)).map(([step]) => step));
    for (const step of touched) {
      const own = data.steps[step];
      const taken = gain(own, of(step));
      if (taken === null || own.beside.some((other) => touched.has(other))) return null;
      sum -= taken;
    }
    for (const number of skips) {
      const one = data.handoffs[number], own = data.steps[one.step], change = of(one.step);
      const near = own && own.beside.length && [one.step, ...own.beside].some((other) => touched.has(other));
      const twin = own && own.beside.length && [...skips].some((n) => n !== number && [one.step, ...own.beside].includes(data.handoffs[n].step));
      if (near || twin) return null;
      sum -= one.gain * change.reach * change.visits * change.time;
    }
    return sum;
  };
  const told = (seconds, panel) => {
    const units = panel.querySelector("[data-units]").dataset.units.split(" ");
    const size = Math.abs(seconds);
    const [at, by] = size >= 86400 ? [0, 86400] : size >= 3600 ? [1, 3600] : [2, 60];
    const digits = at === 2 || seconds === 0 ? 0 : 1;
    const format = new Intl.NumberFormat(panel.closest("[lang]").lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return `${format.format(seconds / by)}\u00a0${units[at]}`;
  };
  const panels = () => document.querySelectorAll("[data-what-if]");
  const show = () => {
    const sum = total();
    for (const panel of panels()) {
      const out = panel.querySelector("[data-then]");
      const is = changes.size || skips.size;
      const label = sum === null ? out.dataset.unknown : out.dataset.said.replace("#", told(sum, panel)).replace("#", told(sum - data.total, panel));
      out.textContent = is ? label : "";
      out.dataset.seconds = sum === null ? "" : String(sum);
      panel.querySelector('[data-bar="now"]').style.width = `${100 / Math.max(1, (sum || 0) / data.total)}%`;
      panel.querySelector('[data-bar="then"]').style.width = sum === null ? "0" : `${(100 * sum) / Math.max(data.total, sum)}%`;
      for (const row of panel.querySelectorAll("[data-what-if-step]")) {
        const own = data.steps[row.dataset.whatIfStep], change = of(row.dataset.whatIfStep);
        for (const input of row.querySelectorAll("[data-change]")) {
          input.value = Math.round(change[input.dataset.change] * 100);
          input.parentElement.querySelector("[data-percent]").textContent = `${input.value}\u00a0%`;
        }
        const rung = own.total * change.reach * change.visits * change.time;
        row.querySelector("[data-rung-then]").textContent = told(rung, panel);
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
      const x = Math.min(Number(right), Number(left) + ((Number(right) - left) * sum) / ladder.dataset.longest);
      const line = document.createElementNS(ns, "path");
      line.setAttribute("d", `M${x} ${Number(top) - 6}V${Number(top) + 57}`);
      line.setAttribute("class", "what-if-line");
      const label = document.createElementNS(ns, "text");
      label.setAttribute("x", x);
      label.setAttribute("y", Number(top) - 9);
      label.setAttribute("text-anchor", "end");
      label.setAttribute("class", "what-if-label");
      label.textContent = told(sum, ladder.closest("section").querySelector("[data-what-if]"));
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
      if (!change.reach) { lines.push("    skip: true"); continue; }
      if (change.reach !== 1) lines.push(`    reach: ${rounded(own.reach * change.reach)}`);
      if (change.visits !== 1) lines.push(`    visits: ${rounded(own.visits * change.visits)}`);
      const less = skipped.reduce((sum, one) => sum + (one.gain / own.total), 0);
      const share = change.time * (1 - less);
      if (share !== 1) lines.push(`    designed: {wait: ${Math.round(own.time * share)}s}`);
      if (skipped.length) lines.push(`    why: ${quoted(skipped.map((one) => `${button.dataset.skips} ${one.giver} → ${one.taker}`).join("; "))}`);
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
