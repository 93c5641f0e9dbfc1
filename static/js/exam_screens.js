// What is on the screen: one question, the answer sheet, the saving chip. It shows a state and reports what is touched.

import { byId } from "./exam_clock.js";

export const words = JSON.parse(document.body.dataset.words);
export const say = (key, facts = {}) =>
  Object.entries(facts).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key]);

const LETTERS = "ABCDEFGH";
const legend = byId("legend");
const stamp = (id) => byId(id).content.firstElementChild.cloneNode(true);
const pointsText = (hundredths) => String(hundredths / 100);

// Formulae, tables and pictures come as HTML that the server has cleaned; everything else is text.
const fill = (node, text, html) => (html === undefined ? (node.textContent = text) : (node.innerHTML = html));

export const isAnswered = (value) => value !== null && value !== undefined;

export function showQuestion(item, value, flagged, total, onAnswer) {
  byId("question-number").textContent = say("number", { n: item.n });
  byId("question-kind").textContent = words[item.type];
  byId("question-points").textContent = say(item.points === 100 ? "point" : "points", { n: pointsText(item.points) });
  fill(byId("stem"), item.stem, item.html?.stem);
  byId("case").hidden = !item.case;
  if (item.case) fill(byId("case-text"), item.case, item.html?.case);
  byId("stem-rule").textContent = words[`rule ${item.type}`];
  byId("options").replaceChildren(...(item.type === "short-answer" ? [textBox(item, value, onAnswer)] : choices(item, value, onAnswer)));
  showFlag(flagged);
  const sheet = byId("open-sheet");
  sheet.setAttribute("aria-label", say("sheet button", { n: item.n, m: total }));
  sheet.querySelector("span").textContent = `${item.n} / ${total}`;
  byId("previous").disabled = item.n === 1;
  byId("next").querySelector("span").textContent = item.n === total ? words.check : words.next;
  byId("next").querySelector("svg").toggleAttribute("hidden", item.n === total);
}

export function showFlag(on) {
  byId("flag").setAttribute("aria-pressed", String(on));
}

function chosenLetters(item, value) {
  if (item.type === "true-false") return value === null || value === undefined ? [] : [value ? "T" : "F"];
  return value ?? [];
}

function choices(item, value, onAnswer) {
  const kind = item.type === "multiple-choice" ? "checkbox" : "radio";
  const chosen = chosenLetters(item, value);
  return item.options.map(([letter, text], place) => {
    const row = stamp(`option-${kind}`);
    const input = row.querySelector("input");
    input.value = letter;
    input.checked = chosen.includes(letter);
    if (item.type === "true-false") row.querySelector(".option-letter").remove();
    else row.querySelector(".option-letter").textContent = letter;
    fill(row.querySelector(".option-text"), text, item.html?.options?.[letter]);
    row.dataset.key = LETTERS[place] ?? "";
    input.addEventListener("change", () => onAnswer(readChoices(item), false));
    return row;
  });
}

function readChoices(item) {
  const letters = [...byId("options").querySelectorAll("input:checked")].map((input) => input.value).sort();
  if (!letters.length) return null;
  return item.type === "true-false" ? letters[0] === "T" : letters;
}

function textBox(item, value, onAnswer) {
  const field = stamp("option-text");
  const box = field.querySelector("textarea");
  const count = () => (field.querySelector("p").textContent = say("characters", { n: box.value.length, m: box.maxLength }));
  box.value = value ?? "";
  count();
  box.addEventListener("input", () => {
    count();
    const text = box.value.toWellFormed?.() ?? box.value; // half a sign, cut off by the limit, is no text to the server
    onAnswer(text.trim() ? text : null, true);
  });
  return field;
}

// cells: what the sheet shows of each item: {n, type, answered, flagged, pending, current}
export function showSheet(cells, show, onOpen) {
  const sums = { all: cells.length, open: 0, flagged: 0, pending: 0 };
  for (const cell of cells) for (const name of ["open", "flagged", "pending"]) sums[name] += fits(cell, name);
  for (const button of document.querySelectorAll("[data-show]")) {
    const sum = sums[button.dataset.show];
    button.querySelector("b").textContent = sum;
    button.classList.toggle("counter-filter-zero", !sum);
    button.setAttribute("aria-pressed", String(button.dataset.show === show));
  }
  const groups = Map.groupBy ? Map.groupBy(cells, (cell) => cell.type) : groupByType(cells);
  const sections = [...groups].map(([type, all]) => group(type, all, show, onOpen)).filter(Boolean);
  sections[0]?.querySelector(".cell-head").append(legend);
  byId("groups").replaceChildren(...sections);
  if (!sections.length) byId("groups").textContent = words.none;
  byId("answered-count").textContent = sums.all - sums.open;
  byId("see-open").hidden = !sums.open;
  byId("see-open").textContent = say("see open", { n: sums.open });
}

const fits = (cell, show) => show === "all" || (show === "open" ? !cell.answered : cell[show]);

function groupByType(cells) {
  const groups = new Map();
  for (const cell of cells) groups.set(cell.type, [...(groups.get(cell.type) ?? []), cell]);
  return groups;
}

function group(type, all, show, onOpen) {
  const shown = all.filter((cell) => fits(cell, show));
  if (!shown.length) return null;
  const section = document.createElement("section");
  const head = document.createElement("div");
  const title = document.createElement("h2");
  const grid = document.createElement("div");
  section.className = "group";
  title.className = "t14 strong";
  title.textContent = `${words[type]} ${all[0].n}–${all.at(-1).n}`;
  grid.className = "cells";
  grid.append(...shown.map((cell) => square(cell, onOpen)));
  head.className = "cell-head";
  head.append(title);
  section.append(head, grid);
  return section;
}

function square(cell, onOpen) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = ["cell", cell.answered && "cell-answered", cell.current && "cell-current"].filter(Boolean).join(" ");
  button.textContent = cell.n;
  if (cell.current) button.setAttribute("aria-current", "true");
  const signs = [cell.flagged && "flagged", cell.pending && "to upload"].filter(Boolean);
  const state = [words[cell.answered ? "answered" : "open"], ...signs.map((sign) => words[sign])];
  button.setAttribute("aria-label", [say("number", { n: cell.n }), ...state].join(words.comma));
  if (cell.flagged) button.append(stamp("sign-flagged"));
  else if (cell.pending) button.append(stamp("sign-pending"));
  button.addEventListener("click", () => onOpen(cell.n));
  return button;
}

export function showChip(state, text) {
  const chip = byId("sync");
  if (byId("sync-text").textContent === text && chip.classList.contains(`sync-chip-${state}`)) return;
  chip.className = `sync-chip sync-chip-${state}`;
  for (const icon of chip.querySelectorAll("[data-icon]")) icon.hidden = icon.dataset.icon !== state;
  byId("sync-text").textContent = text;
}
