"use strict";
(() => {
  const claims = [...document.querySelectorAll(".text")];
  const marks = new Map();
  for (const mark of document.querySelectorAll("mark"))
    for (const key of mark.dataset.c.split(" ")) {
      if (!marks.has(key)) marks.set(key, []);
      marks.get(key).push(mark);
    }
  const owner = new Map();
  for (const claim of claims) for (const key of keysOf(claim)) owner.set(key, claim);
  let pinned = null;
  let shown = null;

  function keysOf(claim) {
    return claim.dataset.c ? claim.dataset.c.split(" ") : [];
  }
  function show(claim, scroll) {
    if (shown === claim) return;
    for (const lit of document.querySelectorAll("mark.lit")) lit.classList.remove("lit");
    for (const on of document.querySelectorAll(".text.on")) on.classList.remove("on");
    shown = claim;
    if (!claim) return;
    claim.classList.add("on");
    let first = null;
    for (const key of keysOf(claim))
      for (const mark of marks.get(key) || []) {
        mark.classList.add("lit");
        first = first || mark;
      }
    if (first && scroll) first.scrollIntoView({ block: "center", inline: "nearest" });
  }
  function pin(claim) {
    if (pinned) pinned.setAttribute("aria-pressed", "false");
    pinned = pinned === claim ? null : claim;
    if (pinned) pinned.setAttribute("aria-pressed", "true");
    show(pinned || claim, true);
  }
  function step(by) {
    const at = claims.indexOf(document.activeElement);
    const next = claims[Math.min(claims.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
  }
  for (const claim of claims) {
    claim.addEventListener("mouseenter", () => pinned || show(claim, true));
    claim.addEventListener("focus", () => pinned || show(claim, true));
    claim.addEventListener("click", () => pin(claim));
  }
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("mark");
    if (!mark) return;
    const claim = mark.dataset.c.split(" ").map((key) => owner.get(key)).find(Boolean);
    if (!claim) return;
    if (pinned !== claim) pin(claim);
    claim.focus({ preventScroll: true });
    claim.scrollIntoView({ block: "center" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key;
    if (key === "j" || key === "J") step(1);
    else if (key === "k" || key === "K") step(-1);
    else if (key === "Escape") {
      if (pinned) pinned.setAttribute("aria-pressed", "false");
      pinned = null;
      show(null, false);
    } else if ((key === "Enter" || key === " ") && claims.includes(document.activeElement)) pin(document.activeElement);
    else return;
    event.preventDefault();
  });
})();
