"use strict";
/* The page: tree, selection, search, keys. */

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const model = { ...buildModel(data.records), meter: data.meter };
  const $ = (id) => document.getElementById(id);
  const open = new Set();
  const rows = new Map();
  let picked = null;
  let hits = [];

  function theme(name) {
    document.documentElement.dataset.theme = name;
    timeline?.draw();
  }
  let timeline = null;
  theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  function header() {
    const root = model.roots[0];
    $("title").textContent = data.title;
    if (!root) return;
    const ok = model.roots.every((each) => each.ended && each.data.ok);
    $("status").textContent = ok ? "ok" : root.ended ? "failed" : "not finished";
    $("status").classList.add(ok ? "ok" : "bad");
    const replies = model.all.filter((span) => span.level === "model");
    const sum = (name) => replies.reduce((total, span) => total + (span.data[name] || 0), 0);
    const known = replies.some((span) => typeof span.data.cost_usd === "number");
    const figures = {
      model: root.data.model,
      runs: model.all.filter((span) => span.level === "run").length,
      turns: model.all.filter((span) => span.level === "turn").length,
      "tool calls": model.all.filter((span) => span.level === "tool").length,
      "tokens in": sum("input_tokens"),
      "tokens out": sum("output_tokens"),
      cost: known ? `$${sum("cost_usd").toFixed(4)}` : "unknown",
      time: ms(model.roots.reduce((total, each) => total + took(each), 0)),
      errors: model.all.filter((span) => span.level === "program" && failed(span)).length,
      begun: new Date(root.from * 1000).toLocaleString(),
    };
    for (const [name, value] of Object.entries(figures)) {
      const shown = typeof value === "number" ? value.toLocaleString() : value || "";
      $("figures").append(node("div", {}, node("dt", {}, name), node("dd", {}, shown)));
    }
    const said = [];
    if (!data.complete) said.push("The trace is not complete: the process ended before the run did, or a linked file is missing.");
    if (data.damaged) said.push(`Damaged lines that were skipped: ${data.damaged}.`);
    if (!data.payloads) said.push("Recorded without payloads: programs, values and messages are not in it.");
    $("warning").textContent = said.join(" ");
    $("warning").hidden = said.length === 0;
  }

  function item(span) {
    const group = node("ul", { role: "group" });
    const row = node("div", { class: "row", style: `padding-left:${8 + span.depth * 14}px` },
      node("span", { class: "twist", "aria-hidden": "true" }),
      node("span", { class: `dot ${span.level}`, title: span.level }),
      node("span", { class: `label${failed(span) ? " bad" : ""}` }, labelOf(span)),
      node("span", { class: "ms" }, ms(took(span))));
    const entry = node("li", { role: "treeitem", "aria-selected": "false", tabindex: "-1", "aria-level": span.depth + 1,
      "aria-expanded": span.children.length ? "false" : null }, row, group);
    row.addEventListener("click", (event) => {
      if (event.target.classList.contains("twist")) toggle(span);
      pick(span, { focus: true });
    });
    rows.set(span, { entry, row, group });
    return entry;
  }

  function toggle(span, wanted = !open.has(span)) {
    if (!span.children.length) return;
    const { entry, row, group } = rows.get(span);
    if (wanted) open.add(span); else open.delete(span);
    if (wanted && !group.children.length) group.append(...span.children.map(item));
    group.hidden = !wanted;
    entry.setAttribute("aria-expanded", String(wanted));
    row.querySelector(".twist").textContent = wanted ? "▾" : "▸";
    if (wanted) span.children.forEach(twist);
  }

  function twist(span) {
    rows.get(span).row.querySelector(".twist").textContent = span.children.length ? (open.has(span) ? "▾" : "▸") : "";
  }

  function reveal(span) {
    if (span.parent) {
      reveal(span.parent);
      if (!open.has(span.parent)) toggle(span.parent, true);
    }
  }

  function pick(span, { focus = false } = {}) {
    reveal(span);
    if (picked) {
      const before = rows.get(picked).entry;
      before.setAttribute("aria-selected", "false");
      before.tabIndex = -1;
    }
    picked = span;
    const { entry, row } = rows.get(span);
    entry.setAttribute("aria-selected", "true");
    entry.tabIndex = 0;
    if (focus) entry.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    timeline.picked = span;
    timeline.draw();
    detail(span);
    if (location.hash !== `#${span.id}`) history.replaceState(null, "", `#${span.id}`);
  }

  function detail(span) {
    const state = failed(span) ? node("span", { class: "chip bad" }, span.data.error_kind || (span.ended ? "failed" : "not finished"))
      : node("span", { class: "chip ok" }, "ok");
    $("detail").replaceChildren(
      node("h2", {}, `${span.level === "run" ? "run of " : span.level === "turn" ? "" : `${span.level} `}${labelOf(span)} `, state),
      ...DETAILS[span.level](span, model), ...otherPoints(span));
    $("detail").scrollTop = 0;
    markDetail();
  }

  function visible() {
    const out = [];
    const visit = (span) => {
      out.push(span);
      if (open.has(span)) span.children.forEach(visit);
    };
    model.roots.forEach(visit);
    return out;
  }

  function move(by) {
    const list = visible();
    const next = list[Math.max(0, Math.min(list.length - 1, list.indexOf(picked) + by))];
    if (next) pick(next, { focus: true });
  }

  /* Search */

  function search(text) {
    const wanted = text.trim().toLowerCase();
    hits = wanted ? model.all.filter((span) => textOf(span).includes(wanted)) : [];
    const found = new Set(hits);
    for (const span of model.all) {
      span.dimmed = wanted !== "" && !found.has(span);
      rows.get(span)?.row.classList.toggle("hit", found.has(span));
    }
    $("hits").textContent = wanted ? `${hits.length} found` : "";
    timeline.draw();
    markDetail();
  }

  function toHit(by) {
    if (!hits.length) return;
    const at = hits.indexOf(picked);
    const next = at < 0 ? hits.find((span) => span.index > (picked?.index ?? -1)) || hits[0] : hits[(at + by + hits.length) % hits.length];
    pick(next);
    rows.get(next).row.classList.add("hit");
    $("hits").textContent = `${hits.indexOf(next) + 1} of ${hits.length}`;
  }

  function markDetail() {
    const wanted = $("search").value.trim().toLowerCase();
    $("detail").querySelectorAll("mark").forEach((mark) => mark.replaceWith(...mark.childNodes));
    $("detail").normalize();
    if (!wanted) return;
    const walker = document.createTreeWalker($("detail"), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    let left = 300;
    for (const text of texts) {
      let rest = text;
      let at = rest.data.toLowerCase().indexOf(wanted);
      while (at >= 0 && left > 0) {
        const match = rest.splitText(at);
        rest = match.splitText(wanted.length);
        match.replaceWith(node("mark", {}, match.data));
        at = rest.data.toLowerCase().indexOf(wanted);
        left -= 1;
      }
    }
  }

  function nextError() {
    const errors = model.all.filter((span) => failed(span) && span.level !== "run" && span.level !== "turn");
    const next = errors.find((span) => span.index > (picked?.index ?? -1)) || errors[0];
    if (next) pick(next, { focus: true });
  }

  const KEYS = {
    ArrowDown: () => move(1), j: () => move(1), ArrowUp: () => move(-1), k: () => move(-1),
    Home: () => move(-Infinity), End: () => move(Infinity),
    ArrowRight: () => (open.has(picked) || !picked.children.length ? move(1) : toggle(picked, true)),
    ArrowLeft: () => (open.has(picked) ? toggle(picked, false) : picked.parent && pick(picked.parent, { focus: true })),
    Enter: () => toggle(picked), " ": () => toggle(picked),
    "/": () => $("search").focus(), e: nextError, t: flip, "?": () => $("help").showModal(),
    z: () => timeline.zoom(picked), Escape: () => { timeline.reset(); timeline.draw(); },
  };

  function flip() { theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"); }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
    const inSearch = event.target === $("search");
    if (inSearch) {
      if (event.key === "Enter") toHit(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") { $("search").value = ""; search(""); rows.get(picked)?.entry.focus(); } else return;
      event.preventDefault();
      return;
    }
    if (event.target.closest("button, summary, a, pre") && (event.key === "Enter" || event.key === " ")) return;
    const act = picked && KEYS[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  $("search").addEventListener("input", (event) => search(event.target.value));
  $("theme").addEventListener("click", flip);
  $("help-button").addEventListener("click", () => $("help").showModal());
  window.addEventListener("hashchange", () => {
    const span = model.spans.get(location.hash.slice(1));
    if (span && span !== picked) pick(span);
  });

  header();
  if (!model.all.length) {
    $("detail").append(node("p", {}, "The trace holds no events."));
    return;
  }
  timeline = new Timeline($("flame"), $("tip"), model, (span) => pick(span));
  $("tree").append(...model.roots.map(item));
  model.roots.forEach(twist);
  const deep = model.all.length <= 400 ? Infinity : 1;
  const unfold = (span) => {
    if (span.depth > deep || !span.children.length) return;
    toggle(span, true);
    span.children.forEach(unfold);
  };
  model.roots.forEach(unfold);
  timeline.draw();
  pick(model.spans.get(location.hash.slice(1)) || model.roots[0]);
})();
