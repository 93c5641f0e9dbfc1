// What is on the screen of offline practice: one question, its verdict, rows of sets. Texts of items come as HTML that the server cleaned.

export const byId = (id) => document.getElementById(id);
export const words = JSON.parse(document.body.dataset.words);
export const say = (key, facts = {}) =>
  Object.entries(facts).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key]);

const stamp = (id) => byId(id).content.firstElementChild.cloneNode(true);
const PARTS = ["lists", "practice", "done", "foot-answer", "foot-judge", "foot-next", "back"];
const LOOKS = { right: "ok", partly: "warn", wrong: "danger", open: "info" };

export function onlyShow(...ids) {
  for (const id of PARTS) byId(id).hidden = !ids.includes(id);
  byId("leave").hidden = ids.includes("back");
}

export function showChip(state, text) {
  byId("chip").className = `sync-chip sync-chip-${{ online: "saved", waiting: "pending", offline: "offline" }[state]}`;
  for (const icon of byId("chip").querySelectorAll("[data-icon]")) icon.hidden = icon.dataset.icon !== state;
  byId("chip-text").textContent = text;
}

const optionsOf = (item) =>
  item.type === "true-false" ? [["T", words.T], ["F", words.F]] : item.options;

export function showQuestion(item, number, total) {
  byId("question-title").textContent = `${say("number", { n: number })} / ${total} · ${words[item.type]}`;
  byId("case").hidden = !item.case;
  byId("case-text").innerHTML = item.case;
  byId("stem").innerHTML = item.stem;
  byId("stem-rule").textContent = words[`rule ${item.type}`];
  byId("fault").textContent = "";
  byId("verdict").hidden = byId("solution").hidden = true;
  byId("options").replaceChildren(...(item.type === "short-answer" ? [stamp("option-text")] : optionsOf(item).map((one) => choice(item, one))));
  onlyShow("practice", "foot-answer", "back");
  scrollTo(0, 0);
  byId("question-title").focus({ preventScroll: true });
}

function choice(item, [letter, text]) {
  const row = stamp(item.type === "multiple-choice" ? "option-checkbox" : "option-radio");
  row.querySelector("input").value = letter;
  if (item.type === "true-false") row.querySelector(".option-letter").remove();
  else row.querySelector(".option-letter").textContent = letter;
  row.querySelector(".option-text").innerHTML = text;
  return row;
}

// What was answered, as the server reads it; null for nothing.
export function readAnswer(item) {
  const box = byId("options").querySelector("textarea");
  if (box) return (box.value.toWellFormed?.() ?? box.value).trim() || null;
  const letters = [...byId("options").querySelectorAll("input:checked")].map((input) => input.value).sort();
  if (!letters.length) return null;
  return item.type === "true-false" ? letters[0] === "T" : letters;
}

export function verdictOf(item, value) {
  if (item.type === "short-answer") return "open";
  const same = item.type === "true-false" ? value === item.key[0] : [...item.key].sort().join() === value.join();
  return same ? "right" : "wrong";
}

export function showVerdict(item, value, verdict) {
  byId("verdict").className = `verdict-head ${LOOKS[verdict]}`;
  byId("verdict").textContent = words[verdict];
  byId("verdict").hidden = byId("solution").hidden = false;
  if (item.type === "short-answer") byId("options").querySelector("textarea").readOnly = true;
  else byId("options").replaceChildren(...optionsOf(item).map((one) => told(item, value, one)));
  byId("reference-part").hidden = !item.reference;
  byId("reference").innerHTML = item.reference;
  byId("rubric").replaceChildren(...item.rubric.map((text) => Object.assign(document.createElement("li"), { innerHTML: text })));
  byId("explanation").innerHTML = item.explanation;
  byId("source").textContent = `${words.source}：${item.source}`;
  onlyShow("practice", verdict === "open" ? "foot-judge" : "foot-next", "back");
  scrollTo(0, 0);
  byId("verdict").focus({ preventScroll: true });
}

function told(item, value, [letter, text]) {
  const row = stamp("answer-row");
  const isTruth = item.type === "true-false";
  const right = isTruth ? item.key[0] === (letter === "T") : item.key.includes(letter);
  const chosen = isTruth ? value === (letter === "T") : value.includes(letter);
  row.classList.toggle("answer-row-right", right);
  row.classList.toggle("answer-row-wrong", chosen && !right);
  if (isTruth) row.querySelector("b").remove();
  else row.querySelector("b").textContent = letter;
  row.querySelector(".rich").innerHTML = text;
  row.querySelector(".answer-row-note").textContent = right && chosen ? words.both : right ? words.key : chosen ? words.yours : "";
  return row;
}

// sets: [{name, note}]; `on`: what each button of a row does, the first of them the row itself.
export function showRows(id, sets, ...on) {
  byId(`${id}-group`).hidden = !sets.length;
  byId(id).replaceChildren(
    ...sets.map((set) => {
      const row = stamp(`row-${id}`);
      const buttons = row.querySelectorAll("button");
      buttons.forEach((button, place) => button.addEventListener("click", () => on[place](set, button)));
      row.querySelector("span").textContent = set.name;
      row.querySelector(".list-row-note").textContent = set.note;
      if (buttons[1]) buttons[1].setAttribute("aria-label", say("remove set", set));
      return row;
    }),
  );
}
