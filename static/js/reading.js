// The reading clock of an article: which part is on screen, and from where in it the reader goes on.

import { merge } from "./lesson_view.js";

const FOOT_PX = 80;

export class Reading {
  constructor(view, prose) {
    this.view = view;
    this.prose = prose;
    this.claimed = [];
    this.part = null;
    this.anchor = "";
    this.parts = view.parts.map((row) => ({
      anchor: row.dataset.part,
      from: Number(row.dataset.from),
      to: Number(row.dataset.to),
      heading: document.getElementById(row.dataset.part),
    }));
  }

  /** Ground that was reported but perhaps not answered yet: it is not offered again. */
  claim(from, to) {
    if (to > from) this.claimed.push([from, to]);
  }

  /** What was reported did not all count: only what the server painted is covered. */
  forget() {
    this.claimed = [];
  }

  /** Where to follow: `at` itself while its part is on screen with open ground, else the first open ground on screen, else null. */
  place(at) {
    const shown = this.shown();
    this.anchor = (shown[0] ?? this.parts[0]).anchor;
    const going = at !== null && this.part && shown.includes(this.part) && at < this.end(at);
    const reading = shown[0];
    if (going && (reading === this.part || this.firstOpen(reading) === null)) return at;
    const next = shown.find((part) => this.firstOpen(part) !== null);
    this.part = next ?? null;
    return next ? this.firstOpen(next) : null;
  }

  advance(at, milliseconds) {
    return Math.min(at + milliseconds, this.end(at));
  }

  /** Where the open ground that holds `at` ends: the end of its part, or where covered ground begins. */
  end(at) {
    const starts = this.covered().map(([start]) => start).filter((start) => start >= at);
    return Math.min(this.part.to, ...starts);
  }

  /** The part in which a position lies; after the last one it is the last. */
  holding(position) {
    return this.parts.find((part) => position < part.to) ?? this.parts.at(-1);
  }

  /** Whether nothing is open on screen and below, but something above: reading on would lead nowhere. */
  isBehind() {
    const shown = this.shown();
    const last = this.parts.indexOf(shown.at(-1) ?? this.parts.at(-1));
    const first = shown.length ? Math.min(...shown.map((part) => this.parts.indexOf(part))) : last;
    const open = this.parts.map((part) => this.firstOpen(part) !== null);
    return !open.slice(first).includes(true) && open.includes(true);
  }

  firstOpen(part) {
    let position = part.from;
    for (const [start, end] of this.covered()) if (start <= position && position < end) position = end;
    return position < part.to ? position : null;
  }

  covered() {
    return merge([...this.view.covered, ...this.claimed]);
  }

  /** The parts on screen, the one being read first: it crosses a line a third of the way down. */
  shown() {
    const top = this.view.strip.getBoundingClientRect().bottom;
    const line = top + (innerHeight - top) / 3;
    const starts = this.parts.map((part) => part.heading.getBoundingClientRect().top);
    starts.push(this.prose.getBoundingClientRect().bottom);
    const on = this.parts.filter((_, index) => starts[index] < innerHeight - FOOT_PX && starts[index + 1] > top);
    const read = this.parts.find((_, index) => starts[index] <= line && line < starts[index + 1]);
    return read && on.includes(read) ? [read, ...on.filter((part) => part !== read)] : on;
  }
}
