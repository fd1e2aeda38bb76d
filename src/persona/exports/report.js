"use strict";
/* Lights up the words of a claim. Everything here is in the page already: without this script a claim is a link. */
(() => {
  const root = document.documentElement;
  const $ = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const pane = document.querySelector(".transcripts");
  const scroller = document.querySelector(".scroll");
  const narrow = matchMedia("(max-width: 61.99rem)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const HOVER_MS = 90; // a pointer that only passes over a claim lights nothing

  root.classList.add("js");
  all("details.evidence").forEach((details) => { details.open = false; });

  const claims = all(".claim[data-s]");
  const spansOf = (element) => element.dataset.s.split(" ");
  const marks = new Map(); // span -> its pieces, in order
  const resting = new Map(); // span -> the claims that rest on it
  const put = (map, key, value) => { map.has(key) ? map.get(key).push(value) : map.set(key, [value]); };
  all("mark[data-s]").forEach((mark) => spansOf(mark).forEach((span) => put(marks, span, mark)));
  claims.forEach((claim) => new Set(spansOf(claim)).forEach((span) => put(resting, span, claim)));
  const says = (claim) => claim.querySelector(".says");
  claims.forEach((claim) => {
    says(claim).setAttribute("role", "button");
    says(claim).setAttribute("aria-pressed", "false");
  });

  let active = null;
  let pinned = false;
  let passage = 0;
  let timer = 0;
  let quiet = false;
  let journey = 0; // the latest scroll wins over those still under way

  function clear() {
    clearTimeout(timer);
    if (active) {
      active.classList.remove("active", "pinned");
      says(active).setAttribute("aria-pressed", "false");
    }
    all(".lit, .here, .against", scroller).forEach((mark) => mark.classList.remove("lit", "here", "against"));
    all(".evidence li.here").forEach((item) => item.classList.remove("here"));
    all(".claim.resting").forEach((claim) => claim.classList.remove("resting"));
    active = null;
    pinned = false;
    lens("Point at a claim, or move to one with Tab, and its words light up here.", []);
  }

  function light(claim, { pin = false, at = 0, scroll = true } = {}) {
    const spans = spansOf(claim);
    clear();
    active = claim;
    pinned = pin;
    passage = (at + spans.length) % spans.length;
    claim.classList.add("active");
    claim.classList.toggle("pinned", pin);
    says(claim).setAttribute("aria-pressed", String(pin));
    const against = new Set(all(".evidence li.against[data-s]", claim).map((item) => item.dataset.s));
    spans.forEach((span) => (marks.get(span) || []).forEach((mark) => {
      mark.classList.add("lit");
      mark.classList.toggle("against", against.has(span));
    }));
    const here = marks.get(spans[passage]) || [];
    if (spans.length > 1) here.forEach((mark) => mark.classList.add("here"));
    all(`.evidence li[data-s="${spans[passage]}"]`, claim).forEach((item) => item.classList.add("here"));
    const others = (resting.get(spans[passage]) || []).filter((other) => other !== claim);
    lens(told(claim, here, spans), others);
    if (pin || !narrow.matches) sheet(pin || pane.classList.contains("open"));
    if (scroll && here.length) bring(here[0]);
  }

  function told(claim, here, spans) {
    const article = here.length ? here[0].closest(".document") : null;
    const name = article ? article.querySelector("h3").textContent : "";
    const count = spans.length === 1 ? "" : `Words ${passage + 1} of ${spans.length}. `;
    return `${count}${name}${pinned ? ". Pinned: Esc lets go" : ""}`;
  }

  function lens(words, others) {
    $("lens-told").textContent = words;
    const many = active !== null && spansOf(active).length > 1;
    $("lens-back").disabled = $("lens-on").disabled = !many;
    $("lens-clear").disabled = active === null;
    choices("These words also hold up:", others);
  }

  function choices(title, found) {
    $("lens-also").textContent = title;
    $("lens-others").hidden = found.length === 0;
    $("lens-others").querySelector("ul").replaceChildren(...found.map((claim) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const persona = claim.closest(".persona").querySelector("h2").textContent;
      const field = claim.closest(".field");
      button.type = "button";
      button.textContent = `${persona}, ${field ? field.querySelector("h3").textContent : "Summary"}: ${says(claim).textContent}`;
      button.addEventListener("click", () => go(claim, { pin: true }));
      item.append(button);
      return item;
    }));
  }

  function bring(mark) {
    if (scroller.scrollHeight <= scroller.clientHeight) return;
    const offset = () => mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top - scroller.clientHeight * 0.3;
    const box = mark.getBoundingClientRect();
    const frame = scroller.getBoundingClientRect();
    if (box.top > frame.top + 56 && box.bottom < frame.bottom - 24) return; // in sight already: do not move the page
    const mine = (journey += 1);
    if (Math.abs(offset()) < scroller.clientHeight * 1.5 && !still.matches) {
      scroller.scrollBy({ top: offset(), behavior: "smooth" });
      return;
    }
    // Documents out of sight have guessed heights. As they are laid out the words move, so follow until they rest.
    const settle = (frames, resting) => {
      if (mine !== journey || frames === 0 || resting === 3) return;
      const off = offset();
      if (Math.abs(off) > 1) scroller.scrollBy({ top: off, behavior: "instant" });
      requestAnimationFrame(() => settle(frames - 1, Math.abs(off) > 1 ? 0 : resting + 1));
    };
    settle(30, 0);
  }

  function sheet(open) {
    pane.classList.toggle("open", open);
    root.classList.toggle("sheet-open", open && narrow.matches);
  }

  function address(claim) {
    try { history.replaceState(null, "", claim ? `#${encodeURIComponent(claim.id)}` : location.pathname + location.search); }
    catch { /* some viewers forbid it; the page works without an address */ }
  }

  function pin(claim, at) {
    light(claim, { pin: true, at });
    const details = claim.querySelector("details.evidence");
    if (details) details.open = true;
    address(claim);
    if (narrow.matches) { // the claim must not lie under the sheet that shows its words
      const top = claim.getBoundingClientRect().top;
      if (top < 0 || top > innerHeight * 0.25) scrollBy({ top: top - 12, behavior: still.matches ? "instant" : "smooth" });
    }
  }

  function toggle(claim) {
    if (claim === active && pinned) { light(claim, { at: passage, scroll: false }); address(null); sheet(false); }
    else pin(claim, claim === active ? passage : 0);
  }

  function go(claim, { pin: fix = false } = {}) {
    says(claim).focus({ preventScroll: true });
    claim.scrollIntoView({ block: "nearest" });
    if (fix) pin(claim, 0); else light(claim);
  }

  function step(by) {
    const from = document.activeElement ? document.activeElement.closest(".claim[data-s]") : null;
    const at = claims.indexOf(from || active);
    const next = at < 0 ? (by > 0 ? 0 : claims.length - 1) : at + by;
    if (claims[next]) go(claims[next]);
  }

  function turn(by) {
    if (active && spansOf(active).length > 1) light(active, { pin: pinned, at: passage + by });
  }

  document.addEventListener("mouseover", (event) => {
    clearTimeout(timer);
    const claim = event.target.closest(".claim[data-s]");
    if (!claim || pinned || narrow.matches) return;
    const item = event.target.closest(".evidence li[data-s], .meta a.place");
    const at = item && item.dataset.s ? spansOf(claim).indexOf(item.dataset.s) : 0;
    if (claim === active && at === passage) return;
    if (claim === active && !item) return;
    timer = setTimeout(() => light(claim, { at }), HOVER_MS);
  });

  document.addEventListener("focusin", (event) => {
    const claim = event.target.closest(".claim[data-s]");
    if (!claim || quiet) return;
    const item = event.target.closest(".evidence li[data-s]");
    const at = item ? spansOf(claim).indexOf(item.dataset.s) : 0;
    if (claim !== active) light(claim, { at });
    else if (item && at !== passage) light(claim, { at, pin: pinned });
  });

  document.addEventListener("click", (event) => {
    const claim = event.target.closest(".claim[data-s]");
    const words = event.target.closest(".says[role=button]");
    const place = event.target.closest(".claim a[href^='#s']:not(.says)");
    const mark = event.target.closest("mark[data-s]");
    if (words && claim) { event.preventDefault(); toggle(claim); }
    else if (place && claim) {
      event.preventDefault();
      pin(claim, spansOf(claim).indexOf(place.getAttribute("href").slice(2)));
    } else if (mark) {
      const found = claims.filter((one) => spansOf(one).some((span) => spansOf(mark).includes(span)));
      if (!getSelection().isCollapsed) return; // somebody is copying words
      clear();
      all(`mark[data-s="${mark.dataset.s}"]`).forEach((piece) => piece.classList.add("lit"));
      found.forEach((one) => one.classList.add("resting"));
      lens(found.length === 1 ? "One claim rests on these words" : `${found.length} claims rest on these words`, []);
      $("lens-clear").disabled = false;
      choices(found.length === 1 ? "It is:" : "They are:", found);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const focus = document.activeElement;
    const onClaim = focus ? focus.closest(".says[role=button]") : null;
    const letters = $("letters").checked && !(focus && focus.matches("input:not([type=checkbox]), textarea, select"));
    const key = event.key;
    let done = true;
    if (key === "Escape") { clear(); address(null); sheet(false); }
    else if ((key === "Enter" || key === " ") && onClaim) toggle(onClaim.closest(".claim"));
    else if (key === "ArrowDown" && onClaim) step(1);
    else if (key === "ArrowUp" && onClaim) step(-1);
    else if (key === "ArrowRight" && onClaim) turn(1);
    else if (key === "ArrowLeft" && onClaim) turn(-1);
    else if (letters && (key === "j" || key === "J")) step(1);
    else if (letters && (key === "k" || key === "K")) step(-1);
    else done = false;
    if (done) event.preventDefault();
  });

  $("lens-back").addEventListener("click", () => turn(-1));
  $("lens-on").addEventListener("click", () => turn(1));
  $("lens-clear").addEventListener("click", () => { clear(); address(null); sheet(false); });
  $("sheet-close").addEventListener("click", () => {
    const last = active;
    clear();
    address(null);
    sheet(false);
    quiet = true; // the focus goes back to the claim, the light stays out
    if (last) says(last).focus({ preventScroll: true });
    quiet = false;
  });
  addEventListener("beforeprint", () => all("details.evidence").forEach((details) => { details.open = true; }));

  function follow() {
    let id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = id ? $(id) : null;
    if (!target) return;
    if (target.matches(".claim[data-s]")) go(target, { pin: true });
    else if (scroller.contains(target)) { sheet(true); bring(target); }
  }
  scroller.addEventListener("wheel", () => { journey += 1; }, { passive: true }); // a hand on the wheel wins over both
  addEventListener("hashchange", follow);
  follow();
})();
