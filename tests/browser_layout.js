// What is wrong with how the shown part of the page lies: found on the boxes of its texts.
() => {
  const found = new Set();
  const say = (kind, node, text) => {
    const place = node.closest("section, header, nav, footer");
    found.add(`${place ? place.id || place.className || place.tagName : "page"}: ${kind}: ${text}`);
  };
  const isShown = (node) => node.checkVisibility({ visibilityProperty: true });
  // labels made to break a page may be longer than there is room for
  const HOSTILE = /[<>]|script|onerror|alert|evil|src=/;
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 60);

  // pairs of boxes that overlap, by a sweep from left to right
  const overlapping = (all, told) => {
    const sorted = all.slice().sort((a, b) => a.box.left - b.box.left);
    let open = [];
    for (const one of sorted) {
      open = open.filter((other) => other.box.right > one.box.left);
      for (const other of open) {
        const wide = Math.min(one.box.right, other.box.right) - one.box.left;
        const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        const least = Math.min(one.box.height, other.box.height);
        if (wide > 1.5 && high > least * 0.35) told(one, other);
      }
      open.push(one);
    }
  };

  const done = (window.rightPictures ||= new WeakMap());
  // pictures: no text on another, none outside of its picture, none running out of its box
  for (const svg of document.querySelectorAll("svg")) {
    if (!isShown(svg)) continue;
    const frame = svg.getBoundingClientRect();
    // a whole map of forty steps at one glance is a silhouette: letters of two pixels have no boxes to go by
    if (frame.width / svg.viewBox.baseVal.width < 0.3) continue;
    // what was right at this size is right still
    if (done.get(svg) === Math.round(frame.width)) continue;
    const before = found.size;
    const texts = [...svg.querySelectorAll("text")].filter(isShown)
      .map((node) => ({ node, text: short(node.textContent), box: node.getBoundingClientRect() }))
      .filter((each) => each.box.width > 0);
    for (const { node, text, box } of texts) {
      const isOut = box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 3 || box.bottom > frame.bottom + 3;
      if (isOut && !svg.closest(".strips")) say("outside its picture", node, text);
      if (text.includes("…") && !HOSTILE.test(text)) say("cut short", node, text);
      const within = node.closest("[data-box], [data-cell], [data-node]");
      const shape = within && within.querySelector("rect, polygon, ellipse");
      if (shape) {
        const room = shape.getBoundingClientRect();
        const middle = (box.top + box.bottom) / 2;
        const isIn = middle > room.top && middle < room.bottom;
        if (isIn && (box.left < room.left - 1.5 || box.right > room.right + 1.5)) say("out of its box", node, text);
      }
    }
    overlapping(texts, (a, b) => say("text on text", a.node, `${a.text} / ${b.text}`));
    if (found.size === before) done.set(svg, Math.round(frame.width));
  }

  // a picture in strips: each text is whole in one of them at least, but for a sentence longer than strips overlap
  for (const strips of document.querySelectorAll(".strips")) {
    if (!isShown(strips)) continue;
    const whole = new Map();
    for (const svg of strips.children) {
      const frame = svg.getBoundingClientRect();
      [...svg.querySelectorAll("text")].forEach((node, at) => {
        const box = node.getBoundingClientRect();
        const isIn = !isShown(node) || box.width > 110 || (box.left > frame.left - 2 && box.right < frame.right + 2
          && box.top > frame.top - 3 && box.bottom < frame.bottom + 3);
        whole.set(at, whole.get(at) || isIn);
      });
    }
    const texts = strips.firstElementChild.querySelectorAll("text");
    for (const [at, isWhole] of whole) if (!isWhole) say("whole in no strip", texts[at], short(texts[at].textContent));
  }

  // the page itself: the same, and nothing cut off by its container
  const words = [];
  const shownPart = [...document.querySelectorAll("[data-in]")].find(isShown) || document.body;
  const walker = document.createTreeWalker(shownPart, NodeFilter.SHOW_TEXT);
  // each element, and whether it or one around it cuts off what is too wide for it
  const cutters = new Map([[document.body, false]]);
  const isCut = (box) => {
    if (!cutters.has(box)) {
      const style = getComputedStyle(box);
      const hides = style.overflowX === "hidden" || style.overflowX === "clip" || style.textOverflow === "ellipsis";
      cutters.set(box, (hides && box.scrollWidth > box.clientWidth + 1) || isCut(box.parentElement));
    }
    return cutters.get(box);
  };
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest("svg, script, style, option, .skip") || !isShown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const scroller = parent.closest(".scroll");
    for (const box of range.getClientRects()) {
      if (box.width < 1) continue;
      words.push({ node: parent, text: short(node.data), box });
      const room = scroller && scroller.scrollWidth > scroller.clientWidth;
      if (!room && (box.right > innerWidth + 1 || box.left < -1)) say("outside the page", parent, short(node.data));
    }
    if (isCut(parent)) say("cut off", parent, short(node.data));
  }
  overlapping(words, (a, b) => {
    if (a.node !== b.node) say("text on text", a.node, `${a.text} / ${b.text}`);
  });
  if (document.documentElement.scrollWidth > innerWidth + 1) found.add("page: scrolls sideways");
  return [...found];
}
