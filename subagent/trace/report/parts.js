"use strict";
/* What the right side shows for each kind of span. */

function section(title, ...content) {
  const kept = content.filter(Boolean);
  return kept.length ? [node("h3", {}, title), ...kept] : [];
}

function fault(error, kind) {
  if (!error) return kind ? node("div", { class: "fault" }, node("b", {}, kind)) : null;
  const box = node("div", { class: "fault" }, node("b", {}, error.kind), " ", error.message || "");
  if (error.excerpt) box.append(node("pre", {}, error.excerpt));
  if (error.hint) box.append(node("p", {}, "hint: ", error.hint));
  if (error.details && error.details.repair) {
    box.append(node("details", {}, node("summary", {}, "proposed repair"), program(error.details.repair)));
  }
  return box;
}

function table(heads, rows) {
  const cell = (tag, value, numeric) => node(tag, { class: numeric ? "n" : null }, value instanceof Node ? value : String(value ?? ""));
  const numeric = heads.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
  const show = (value) => (typeof value === "number" ? value.toLocaleString(undefined, { maximumFractionDigits: 4 }) : value);
  return node("table", {},
    node("thead", {}, node("tr", {}, ...heads.map((head, i) => cell("th", head, numeric[i])))),
    node("tbody", {}, ...rows.map((row) => node("tr", {}, ...row.map((value, i) => cell("td", show(value), numeric[i]))))));
}

const link = (span, text) => node("a", { href: `#${span.id}` }, text);
const prints = (span) => span.points.filter((p) => p.event === "program.printed").map((p) => p.line).filter((l) => l !== undefined);
const childrenOf = (span, level) => span.children.filter((child) => child.level === level);

function runDetail(span, model) {
  const d = span.data;
  const turns = childrenOf(span, "turn");
  const rows = turns.map((turn) => {
    const u = turn.data.usage || {};
    return [link(turn, `turn ${turn.data.turn}`), u.input_tokens || 0, u.output_tokens || 0, u.tool_calls || 0, u.steps || 0,
      ms(took(turn)), turn.data.error_kind || "ok"];
  });
  return [
    ...section("Task", d.task && node("pre", {}, d.task)),
    ...section("Signature", d.signature && node("pre", {}, ...coloured(d.signature))),
    ...section("Answer", d.value !== undefined && json(d.value)),
    ...section("Error", (d.error || d.error_kind) && fault(d.error, d.error_kind)),
    ...section("Turns", rows.length > 0 && table(["turn", "tokens in", "tokens out", "tool calls", "steps", "time", "ended"], rows)),
    ...(span.parent ? [] : section("Against JSON tool calling", node("pre", {}, model.meter.text))),
    ...section("Inputs", d.context !== undefined && node("details", {}, node("summary", {}, `${Object.keys(d.context).length} inputs`), json(d.context))),
    ...section("Tools", d.tools !== undefined && d.tools.length > 0 &&
      table(["name", "description"], d.tools.map((tool) => [tool.name, tool.description || ""]))),
  ];
}

function programDetail(span) {
  const d = span.data;
  const printed = prints(span);
  const calls = childrenOf(span, "tool");
  const rows = calls.map((call) => [link(call, call.data.name), short(call.data.args), call.data.ok === false
    ? call.data.error_type || "failed" : short(call.data.value ?? call.data.result), ms(took(call))]);
  const code = d.program !== undefined
    ? program(d.program, d.error && d.error.span) : node("p", { class: "dim" }, `${d.program_chars ?? "?"} characters; the trace has no payloads`);
  const shown = d.shown !== undefined ? d.shown : d.value;
  return [
    node("div", { class: "split" },
      node("div", {}, ...section("Program", code)),
      node("div", {},
        ...section("Printed", printed.length > 0 && node("pre", {}, printed.join("\n"))),
        ...section(d.returned ? "Returned" : "Value", d.ok && shown !== undefined && json(shown)),
        ...section("Error", (d.error || d.error_kind) && fault(d.error, d.error_kind)),
        ...section("Defined", namesOf(span)))),
    ...section("Tool calls", rows.length > 0 && table(["tool", "arguments", "result", "time"], rows)),
    ...section("Cost", table(["steps", "tool calls", "time"], [[d.steps || 0, calls.length, ms(took(span))]])),
  ];
}

function namesOf(span) {
  const changed = span.points.filter((p) => p.event === "memory.changed" && p.names);
  const names = changed.flatMap((p) => (Array.isArray(p.names) ? p.names : Object.keys(p.names)));
  return names.length ? node("pre", {}, names.join("\n")) : null;
}

function short(value) {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

function modelDetail(span) {
  const d = span.data;
  const messages = (d.messages || []).map((message) =>
    node("details", { open: message === d.messages[d.messages.length - 1] },
      node("summary", {}, `${message.role} · ${(message.content || "").length.toLocaleString()} characters`),
      node("pre", {}, message.content || "")));
  const first = d.first_token_ms ? [["time to first token", ms(d.first_token_ms)]] : [];
  return [
    ...section("Reply", d.content !== undefined && node("pre", {}, d.content)),
    ...section("Error", (d.error || (d.ok === false && d.error_kind)) && fault(d.error, d.error_kind)),
    ...section("Figures", table(["", ""], [["model", d.response_model || d.model || ""], ["finish reason", d.finish_reason || ""],
      ["tokens in", d.input_tokens || 0], ["of these from cache", d.cache_read_tokens || 0], ["tokens out", d.output_tokens || 0],
      ["cost (USD)", d.cost_usd ?? "unknown"], ["attempts", d.attempts || 1], ...first, ["time", ms(took(span))]])),
    ...section("Request", ...messages,
      d.system && node("details", {}, node("summary", {}, `system · ${d.system.length.toLocaleString()} characters`), node("pre", {}, d.system))),
  ];
}

function toolDetail(span) {
  const d = span.data;
  return [
    d.description ? node("p", { class: "dim" }, d.description) : "",
    ...section("Arguments", d.args !== undefined && json(d.args)),
    ...section("Result", d.value !== undefined ? json(d.value) : d.result !== undefined && json(d.result)),
    ...section("Error", d.ok === false && fault(d.error, d.error_type || d.error_kind)),
    ...section("Child runs", ...childrenOf(span, "run").map((run) => node("p", {}, link(run, labelOf(run))))),
    ...section("Figures", table(["time", "cached", "result characters"], [[ms(took(span)), d.cached ? "yes" : "no", d.result_chars ?? ""]])),
  ];
}

function turnDetail(span) {
  const programs = childrenOf(span, "program");
  const parts = programs.flatMap((each) => programDetail(each));
  const usage = span.data.usage || {};
  return [
    ...parts,
    ...(programs.length ? [] : section("Error", (span.data.error || span.data.error_kind) && fault(span.data.error, span.data.error_kind))),
    ...section("Usage", table(["tokens in", "tokens out", "model", "program"], [[usage.input_tokens || 0, usage.output_tokens || 0,
      ms(usage.llm_ms || 0), ms(usage.program_ms || 0)]])),
    ...section("Request and reply", ...childrenOf(span, "model").map((each) => node("p", {}, link(each, labelOf(each))))),
  ];
}

const DETAILS = { run: runDetail, turn: turnDetail, model: modelDetail, program: programDetail, tool: toolDetail };

function otherPoints(span) {
  const others = span.points.filter((p) => !["program.printed", "memory.changed", "model.token"].includes(p.event));
  return section("Also", others.length > 0 && table(["event", "what"], others.slice(0, 200).map((p) => [p.event,
    [p.hook, p.action, p.subject, p.reason, p.budget, p.strategy].filter(Boolean).join(" · ")])));
}
