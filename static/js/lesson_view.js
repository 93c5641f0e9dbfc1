// What the lesson page shows of the server's answers: chip, reason, coverage bar, outline.

const RESTING = new Set(["paused", "part_full", "starting"]);
const GAP_MS = 1000; // what a rounding leaves between two stretches is no gap to look for
const SVG = "http://www.w3.org/2000/svg";

export function minutesSeconds(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

function camel(word) {
  return `reason_${word}`.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

/** The union of stretches, in order. */
export function merge(stretches) {
  const merged = [];
  for (const [start, end] of [...stretches].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

export class LessonView {
  constructor(strip) {
    this.strip = strip;
    this.texts = strip.dataset;
    this.length = Number(strip.dataset.length);
    this.chip = strip.querySelector("[data-chip]");
    this.bar = strip.querySelector(".coverage-bar");
    this.parts = [...document.querySelectorAll("[data-part]")];
    this.credited = Number(strip.dataset.credited);
    this.covered = [];
  }

  /** Chip and words for a reason, e.g. counting or hidden; a sentence from the server wins. */
  say(reason, sentence) {
    const complete = this.credited >= (this.length * Number(this.texts.completePercent)) / 100;
    const resting = this.credited < 1000 && RESTING.has(reason);
    const state = reason === "counting" ? "counting" : complete ? "complete" : resting ? "neutral" : "paused";
    const word = complete && ["paused", "part_full"].includes(reason) ? "lesson_complete" : reason;
    this.chip.className = `credit-chip credit-chip-${state}`;
    for (const sign of this.chip.querySelectorAll("[data-sign]")) sign.hidden = sign.dataset.sign !== state;
    this.chip.querySelector("[data-chip-text]").textContent = this.texts[state].replace("{}", minutesSeconds(this.credited));
    const line = this.strip.querySelector("[data-reason]");
    line.className = `credit-reason-${state}`;
    const text = sentence || this.texts[camel(word)] || "";
    if (line.textContent !== text) line.textContent = text;
  }

  paint(covered, credited) {
    this.covered = merge([...this.covered, ...covered]);
    if (credited !== undefined) this.credited = credited;
    for (const old of this.bar.querySelectorAll(".coverage-span")) old.remove();
    const before = this.bar.querySelector(".coverage-gap, .coverage-tick");
    for (const [start, end] of this.covered) this.bar.insertBefore(this.span(start, end), before);
    for (const row of this.parts) this.note(row);
  }

  /** Where the first stretch of a second or more begins that is not covered, in ms; null where there is none. */
  firstGap() {
    let at = 0;
    for (const [start, end] of this.covered) {
      if (start - at >= GAP_MS) return at;
      at = Math.max(at, end);
    }
    return this.length - at >= GAP_MS ? at : null;
  }

  /** Offer, in the place of the line beside the chip, to go to what is not credited yet. */
  offer(wanted) {
    const button = this.strip.querySelector("[data-gap]");
    button.hidden = !wanted;
    this.strip.querySelector("[data-reason]").hidden = wanted;
  }

  /** What is covered from now on: unlike ``paint`` it forgets what was painted before. */
  repaint(covered, credited) {
    this.covered = [];
    this.paint(covered, credited);
  }

  span(start, end) {
    const rect = document.createElementNS(SVG, "rect");
    const share = (ms) => `${((ms / this.length) * 100).toFixed(2)}%`;
    const shape = { class: "coverage-span", x: share(start), y: 4, width: share(end - start), height: 8, rx: 2 };
    for (const [name, value] of Object.entries(shape)) rect.setAttribute(name, value);
    return rect;
  }

  note(row) {
    const from = Number(row.dataset.from);
    const to = Number(row.dataset.to);
    const got = this.covered.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, to) - Math.max(a, from)), 0);
    row.toggleAttribute("data-noted", got > 0 || row.hasAttribute("data-noted"));
    if (row.hasAttribute("data-noted")) row.querySelector(".outline-note").textContent = this.texts.noteCredited.replace("{}", minutesSeconds(got));
  }

  /** Where the reader is: the tick on the bar and the mark in the outline. */
  here(position, anchor) {
    this.bar.querySelector(".coverage-tick")?.setAttribute("x", `${((position / this.length) * 100).toFixed(2)}%`);
    for (const row of this.parts) {
      const current = row.dataset.part === anchor;
      row.toggleAttribute("aria-current", current);
      row.querySelector(".badge").hidden = !current;
      row.querySelector(".outline-note").hidden = current;
    }
    const at = this.parts.findIndex((row) => row.dataset.part === anchor);
    const counter = document.querySelector("[data-outline-at]");
    if (counter && at >= 0) counter.textContent = String(at + 1);
  }
}
