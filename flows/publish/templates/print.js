// On paper a picture that would shrink beyond reading is cut into strips that overlap, the lane names before each.
(() => {
  const sheet = { wide: 1480, high: 850 };
  const readable = 0.62;
  const overlap = { wide: 190, high: 60 };
  const parts = (size, side) => {
    const count = Math.max(1, Math.ceil((size - overlap[side]) / (sheet[side] / readable - overlap[side])));
    const room = (size + (count - 1) * overlap[side]) / count;
    return [room, Array.from({ length: count }, (_, i) => i * (room - overlap[side]))];
  };
  const strip = (svg, x, y, wide, high, drawn) => {
    const part = svg.cloneNode(true);
    part.setAttribute("viewBox", `${x} ${y} ${wide} ${high}`);
    part.setAttribute("width", wide * drawn);
    part.setAttribute("height", high * drawn);
    part.querySelectorAll("[data-pinned]").forEach((names) => {
      names.setAttribute("transform", `translate(${x} 0)`);
      names.firstElementChild.setAttribute("fill-opacity", x > 0 ? "0.9" : "0");
    });
    if (x > 0 || y > 0) part.setAttribute("aria-hidden", "true");
    return part;
  };
  const cut = (svg) => {
    const { width, height } = svg.viewBox.baseVal;
    if (Math.min(sheet.wide / width, sheet.high / height) >= readable) return;
    const [[wide, columns], [high, rows]] = [parts(width, "wide"), parts(height, "high")];
    const drawn = Math.min(1, sheet.wide / wide, sheet.high / high);
    const strips = document.createElement("div");
    strips.className = "strips";
    for (const y of rows) for (const x of columns) strips.append(strip(svg, x, y, wide, high, drawn));
    svg.classList.add("cut");
    // before it: a hatching is drawn from the first picture that has it, and the cut one is not displayed
    svg.before(strips);
  };
  const whole = () => {
    document.querySelectorAll(".strips").forEach((each) => each.remove());
    document.querySelectorAll("svg.cut").forEach((each) => each.classList.remove("cut"));
  };
  window.addEventListener("beforeprint", () => {
    whole();
    document.querySelectorAll("figure .scroll svg").forEach((svg) => { if (svg.getClientRects().length) cut(svg); });
  });
  window.addEventListener("afterprint", whole);
})();
