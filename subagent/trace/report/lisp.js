"use strict";
/* Colours for PTC-Lisp and JSON. Everything becomes text nodes; nothing of a trace is ever parsed as HTML. */

const LISP = /(;[^\n]*)|("(?:\\.|[^"\\])*"?)|(:[^\s()[\]{}",]+)|(-?\d[\d./eE+-]*)|(\()([^\s()[\]{}"';]+)/g;

function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function coloured(text) {
  const out = [];
  let done = 0;
  for (const match of text.matchAll(LISP)) {
    out.push(text.slice(done, match.index));
    const [all, comment, string, keyword, number, paren, head] = match;
    if (paren) out.push("(", node("span", { class: "t-call" }, head));
    else {
      const kind = comment ? "t-com" : string ? "t-str" : keyword ? "t-kw" : number ? "t-num" : "";
      out.push(node("span", { class: kind }, all));
    }
    done = match.index + all.length;
  }
  out.push(text.slice(done));
  return out;
}

/* A program with line numbers; `span` (1-based line and column, length) is underlined. */
function program(text, span) {
  const block = node("pre", { class: "program" });
  text.split("\n").forEach((line, index) => {
    block.append(node("span", { class: "no", "aria-hidden": "true" }, String(index + 1)));
    if (span && span.line === index + 1) {
      const from = Math.max(0, span.column - 1);
      const to = Math.min(line.length, from + Math.max(1, span.end - span.start));
      block.append(...coloured(line.slice(0, from)), node("span", { class: "wrong" }, line.slice(from, to) || " "));
      block.append(...coloured(line.slice(to)));
    } else block.append(...coloured(line));
    block.append("\n");
  });
  return block;
}

function json(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const block = node("pre");
  const most = 20000;
  block.append(...coloured(text.slice(0, most)));
  if (text.length > most) {
    block.append(
      node("button", { type: "button", onclick: (e) => e.target.replaceWith(...coloured(text.slice(most))) },
        `show ${(text.length - most).toLocaleString()} more characters`),
    );
  }
  return block;
}
