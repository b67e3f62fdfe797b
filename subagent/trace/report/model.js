"use strict";
/* From the records of a trace to spans: one object for a start and its end, in a tree. */

const LEVELS = { run: 0, turn: 1, model: 2, program: 2, tool: 3 };

function buildModel(records) {
  const spans = new Map();
  const roots = [];
  const points = [];
  for (const record of records) {
    const [level, what] = record.event.split(".");
    const data = { ...record, ...(record.payload || {}) };
    if (!(level in LEVELS) || !record.span_id || what === "printed") {
      points.push(data);
      continue;
    }
    let span = spans.get(record.span_id);
    if (!span) {
      span = { id: record.span_id, level, from: record.at, to: null, data: {}, children: [], points: [], parent: null };
      spans.set(record.span_id, span);
    }
    for (const [name, value] of Object.entries(data)) {
      if (value !== null && value !== undefined) span.data[name] = value;
    }
    if (what === "finished") {
      span.to = record.at;
      span.ended = true;
      if (typeof record.duration_ms === "number") span.from = Math.min(span.from, record.at - record.duration_ms / 1000);
    }
  }
  for (const span of spans.values()) {
    const parent = spans.get(span.data.parent_span_id);
    if (parent && parent !== span) {
      span.parent = parent;
      parent.children.push(span);
    } else roots.push(span);
  }
  const last = Math.max(...records.map((record) => record.at), 0);
  for (const span of spans.values()) if (span.to === null) span.to = last;
  for (const point of points) attach(point, spans);
  const order = (a, b) => a.from - b.from || a.data.seq - b.data.seq;
  for (const span of spans.values()) span.children.sort(order);
  roots.sort(order);
  const all = [];
  const visit = (span, depth) => {
    span.depth = depth;
    all.push(span);
    span.children.forEach((child) => visit(child, depth + 1));
  };
  roots.forEach((root) => visit(root, 0));
  all.forEach((span, index) => { span.index = index; });
  return { roots, all, spans };
}

function attach(point, spans) {
  const home = spans.get(point.span_id) || spans.get(point.parent_span_id);
  if (home) home.points.push(point);
}

const failed = (span) => span.data.ok === false || !span.ended;
const took = (span) => (span.to - span.from) * 1000;

function labelOf(span) {
  const d = span.data;
  switch (span.level) {
    case "run": return d.agent || "run";
    case "turn": return `turn ${d.turn}${d.kind && d.kind !== "work" ? ` (${d.kind})` : ""}`;
    case "model": return d.response_model || d.model || "model";
    case "program": return (d.program || "program").split("\n").find((l) => l.trim() && !l.trim().startsWith(";")) || "program";
    default: return `${d.name || "tool"}${d.cached ? " (cached)" : ""}`;
  }
}

function ms(value) {
  if (value < 1) return `${value.toFixed(2)} ms`;
  if (value < 1000) return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  return value < 60000 ? `${(value / 1000).toFixed(2)} s` : `${Math.floor(value / 60000)} min ${Math.round((value % 60000) / 1000)} s`;
}

/* Everything of a span that search looks through, in lower case; made when first asked for. */
function textOf(span) {
  if (span.text === undefined) {
    const d = span.data;
    const parts = [labelOf(span), d.task, d.program, d.content, d.shown, d.result, d.error_kind, d.error && d.error.message];
    for (const value of [d.args, d.value]) if (value !== undefined) parts.push(JSON.stringify(value));
    for (const point of span.points) parts.push(point.line, point.reason);
    span.text = parts.filter(Boolean).join("\n").toLowerCase();
  }
  return span.text;
}
