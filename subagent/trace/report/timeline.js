"use strict";
/* The timeline: one row for each depth, drawn on a canvas so that thousands of spans stay quick. */

const ROW = 18;
const MOST_ROWS = 12;

class Timeline {
  constructor(canvas, tip, model, onPick) {
    Object.assign(this, { canvas, tip, model, onPick, picked: null, boxes: [] });
    const all = model.all;
    this.begin = Math.min(...all.map((span) => span.from));
    this.end = Math.max(...all.map((span) => span.to), this.begin + 1e-6);
    this.lanes = this.layOut(all);
    this.reset();
    canvas.addEventListener("mousemove", (event) => this.hover(event));
    canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
    canvas.addEventListener("click", (event) => { const span = this.at(event); if (span) onPick(span); });
    canvas.addEventListener("dblclick", (event) => { const span = this.at(event); if (span) this.zoom(span); });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
  }

  /* Spans that overlap at one depth, such as the branches of a pmap, get rows of their own. */
  layOut(all) {
    const ends = [];
    for (const span of all) {
      let lane = span.parent ? span.parent.lane + 1 : 0;
      while (ends[lane] !== undefined && ends[lane] > span.from + 1e-9) lane += 1;
      span.lane = lane;
      ends[lane] = span.to;
    }
    return Math.min(MOST_ROWS, Math.max(1, ends.length));
  }

  reset() { this.left = this.begin; this.right = this.end; }

  zoom(span) {
    const pad = Math.max((span.to - span.from) * 0.05, 1e-6);
    this.left = Math.max(this.begin, span.from - pad);
    this.right = Math.min(this.end, span.to + pad);
    this.draw();
  }

  wheel(event) {
    if (!event.ctrlKey && Math.abs(event.deltaX) < Math.abs(event.deltaY)) return;
    event.preventDefault();
    const width = this.right - this.left;
    const move = event.ctrlKey ? 0 : (event.deltaX / this.canvas.clientWidth) * width;
    const factor = event.ctrlKey ? Math.exp(event.deltaY / 200) : 1;
    const centre = this.left + (event.offsetX / this.canvas.clientWidth) * width;
    this.left = Math.max(this.begin, centre - (centre - this.left) * factor + move);
    this.right = Math.min(this.end, centre + (this.right - centre) * factor + move);
    this.draw();
  }

  at(event) {
    return this.boxes.findLast((box) => event.offsetX >= box.x && event.offsetX <= box.x + box.w
      && event.offsetY >= box.y && event.offsetY < box.y + ROW)?.span;
  }

  hover(event) {
    const span = this.at(event);
    this.tip.hidden = !span;
    if (!span) return;
    this.tip.textContent = `${span.level} · ${labelOf(span)} · ${ms(took(span))}`;
    const most = this.canvas.clientWidth - this.tip.offsetWidth - 4;
    this.tip.style.left = `${Math.max(0, Math.min(event.offsetX + 12, most))}px`;
    this.tip.style.top = `${event.offsetY + 14}px`;
  }

  draw() {
    const { canvas } = this;
    const width = canvas.parentElement.clientWidth;
    const height = this.lanes * ROW + 20;
    const scale = window.devicePixelRatio || 1;
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.height = `${height}px`;
    const paint = canvas.getContext("2d");
    paint.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`);
    paint.font = "11px system-ui, sans-serif";
    paint.textBaseline = "middle";
    const perSecond = width / (this.right - this.left);
    this.axis(paint, width, height, perSecond, colour);
    this.boxes = [];
    for (const span of this.model.all) {
      if (span.lane >= MOST_ROWS || span.to < this.left || span.from > this.right) continue;
      const x = (span.from - this.left) * perSecond;
      const w = Math.max(1.5, (span.to - span.from) * perSecond);
      const y = span.lane * ROW + 2;
      this.boxes.push({ span, x, y, w });
      paint.globalAlpha = span.dimmed ? 0.25 : 1;
      paint.fillStyle = failed(span) ? colour("bad") : colour(span.level);
      paint.fillRect(x, y, w, ROW - 3);
      if (w > 40) {
        paint.save();
        paint.beginPath();
        paint.rect(x, y, w - 3, ROW - 3);
        paint.clip();
        paint.fillStyle = colour("bg");
        paint.fillText(labelOf(span), Math.max(x, 0) + 4, y + ROW / 2 - 1);
        paint.restore();
      }
      if (span === this.picked) {
        paint.strokeStyle = colour("text");
        paint.lineWidth = 2;
        paint.strokeRect(x, y, w, ROW - 3);
      }
    }
    paint.globalAlpha = 1;
  }

  axis(paint, width, height, perSecond, colour) {
    const about = 110 / perSecond;
    const power = 10 ** Math.floor(Math.log10(about));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= about);
    paint.fillStyle = colour("dim");
    paint.strokeStyle = colour("line");
    const first = Math.ceil((this.left - this.begin) / step) * step;
    for (let at = first; at <= this.right - this.begin; at += step) {
      const x = (at + this.begin - this.left) * perSecond;
      paint.beginPath();
      paint.moveTo(x, 0);
      paint.lineTo(x, height - 16);
      paint.stroke();
      paint.fillText(ms(at * 1000), Math.min(x + 2, width - 50), height - 8);
    }
  }
}
