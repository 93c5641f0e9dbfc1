// The exam room: holds the paper and the answers, moves between questions, and does what the server says about time and lease.

import { Countdown, askServer, byId, clockText, keepAwake, later, settings } from "./exam_clock.js";
import { Saving } from "./exam_saving.js";
import { isAnswered, say, showChip, showFlag, showQuestion, showSheet, words } from "./exam_screens.js";

const LOOK_AGAIN_MS = 30_000;
const READ_AGAIN_MS = [2000, 6000, 12_000, 25_000]; // pauses between the readings after the start; the last two only while something is awaited
const FLAGS = `flags-${settings.sitting_id}`;
const clock = new Countdown(settings.remaining_ms);
const answers = new Map();
const flags = new Set(JSON.parse(sessionStorage.getItem(FLAGS) ?? "[]"));
let items = [];
let current = 1;
let show = "all";
let frozen = false;
let wasOffline = false;
let leaving = false;
let refused = false; // to go to the hand-in, for want of a network
let noticeEnds = 0;
let lost = []; // items whose change never arrived and that were not looked at since

const saving = new Saving({
  url: settings.save_url,
  csrf: settings.csrf,
  generation: settings.generation,
  note: `under-way-${settings.sitting_id}-${settings.generation}`,
  hooks: {
    changed: showState,
    replied: (body, tripMs) => clock.correct(body.remaining_ms, tripMs),
    lost: freeze,
    ended: showReceipt,
    signIn: () => (byId("notice-sign-in").hidden = false),
  },
});

// -- what is shown

function showState() {
  if (frozen) return;
  const n = saving.pending.size;
  const offline = saving.offline;
  if (offline) showChip("offline", n ? say("offline pending", { n }) : words.offline);
  else if (!n && (!saving.checked || saving.awaited.size)) showChip("saving", words.checking);
  else if (!n) showChip("saved", words.saved);
  else if (wasOffline) showChip("saving", say("sending", { n }));
  else if (saving.failures) showChip("pending", say("pending", { n }));
  else showChip("saving", words.saving);
  wasOffline = n > 0 && (offline || wasOffline);
  refused = offline && (refused || leaving);
  leaving &&= !offline;
  byId("notice-no-hand-in").hidden = !refused;
  byId("notice-offline").hidden = !offline || refused;
  if (offline) byId("notice-pending").hidden = true;
  if (!byId("sheet").hidden) drawSheet();
  if (leaving && !saving.unsettled) location.assign(settings.submission_url);
}

function drawSheet() {
  const cells = items.map(({ n, type }) => ({
    n,
    type,
    answered: isAnswered(answers.get(n)),
    flagged: flags.has(n),
    pending: saving.pending.has(n) || saving.awaited.has(n),
    current: n === current,
  }));
  showSheet(cells, show, (n) => open(`#${n}`));
}

function drawQuestion() {
  const item = items[current - 1];
  showQuestion(item, answers.get(current), flags.has(current), items.length, (value, isText) => {
    answers.set(item.n, value);
    saving.put(item.n, value, isText);
  });
}

function onlyShow(...ids) {
  for (const id of ["question", "foot-question", "sheet", "foot-sheet", "back", "elsewhere", "over", "loading", "trouble"])
    byId(id).hidden = !ids.includes(id);
}

// -- where we are: the address names the question, so that a reload and the phone's back key come out right

function open(hash, replace = false) {
  if (replace) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  draw();
}

function draw() {
  if (frozen || !items.length) return;
  const place = location.hash.slice(1);
  leaving = refused = false;
  byId("notice-pending").hidden = true;
  byId("notice-no-hand-in").hidden = true;
  if (place === "open") return open(`#${items.find(({ n }) => !isAnswered(answers.get(n)))?.n ?? current}`, true);
  const asked = Number(place);
  if (Number.isInteger(asked) && asked >= 1 && asked <= items.length) current = asked;
  lost = lost.filter((n) => n !== asked);
  byId("notice-lost").hidden = !lost.length;
  const sheet = place === "sheet";
  onlyShow(...(sheet ? ["sheet", "foot-sheet", "back"] : ["question", "foot-question"]));
  if (sheet) drawSheet();
  else drawQuestion();
  scrollTo(0, 0);
  byId(sheet ? "sheet-title" : "question-title").focus({ preventScroll: true });
}

const step = (by) => {
  const next = current + by;
  if (next > items.length) open("#sheet");
  else if (next >= 1) open(`#${next}`, true);
};

function toggleFlag() {
  if (!flags.delete(current)) flags.add(current);
  sessionStorage.setItem(FLAGS, JSON.stringify([...flags]));
  showFlag(flags.has(current));
}

// -- the end, and the other device

function freeze() {
  if (frozen) return;
  stop();
  if (!items.length) byId("elsewhere-text").textContent = byId("elsewhere-text").dataset.never;
  const unsent = saving.pending.size;
  byId("elsewhere-lost").hidden = !unsent;
  byId("elsewhere-lost").textContent = byId("elsewhere-lost").dataset.text.replace("{n}", unsent);
  onlyShow("elsewhere");
  showChip("elsewhere", words.elsewhere);
  byId("elsewhere-title").focus();
}

function stop() {
  frozen = true;
  saving.stop();
  for (const notice of byId("exam-notice").children) notice.hidden = true;
}

async function timeIsUp() {
  for (const box of byId("question").elements) box.disabled = true;
  await Promise.race([saving.hurry(), later(settings.grace_ms - 1000)]); // the last second counts
  showReceipt(settings.grace_ms + 500);
}

async function showReceipt(wait = 0) {
  if (frozen) return;
  stop();
  onlyShow("over");
  showChip("saving", words.over);
  byId("over-title").focus();
  sessionStorage.removeItem(FLAGS);
  await later(wait);
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15_000)) {
    const reply = await askServer().catch(() => null);
    if (reply?.body && reply.body.status !== "running") return location.replace(location.pathname);
    await later(pause);
  }
}

// -- time

function tick() {
  const left = clock.left;
  byId("time-left").textContent = clockText(left);
  if (frozen || !items.length) return;
  const minutes = Math.ceil(left / 60_000);
  const due = [15, 5, 1].find((mark) => minutes === mark && left > mark * 60_000 - 20_000);
  const shown = left > 0 && (due || (minutes === 1 && 1));
  byId("notice-time").hidden = !shown;
  if (shown && noticeEnds !== shown) byId("notice-time-text").textContent = words[`left ${shown}`];
  noticeEnds = shown || 0;
  if (!left && !ending) ending = timeIsUp();
}
let ending = null;

async function lookAgain() {
  const { body, tripMs } = await askServer().catch(() => ({}));
  if (!body || frozen) return;
  if (body.status !== "running") return showReceipt();
  if (!body.held || body.generation !== saving.generation) return freeze();
  clock.correct(body.remaining_ms, tripMs);
}

// -- what arrives after the page was opened: an answer sent just before a reload can be later than the paper

async function readAgain() {
  const reply = await askServer(settings.answers_url).catch(() => null);
  if (frozen) return true;
  if (!reply?.body) return false;
  const fresh = saving.adopt(reply.body.answers);
  for (const [n, value] of fresh) answers.set(n, value);
  saving.checked = true;
  if (fresh.some(([n]) => n === current) && !byId("question").hidden) drawQuestion();
  showState();
  return true;
}

async function check() {
  for (const [turn, pause] of READ_AGAIN_MS.entries()) {
    await later(pause);
    if (turn > 1 && !saving.awaited.size) return;
    while (!frozen && !(await readAgain())) await later(3000);
  }
  lost = [...saving.awaited.keys()].sort((a, b) => a - b);
  saving.awaited.clear();
  if (frozen || !lost.length) return;
  byId("notice-lost-text").textContent = say("lost", { n: lost.join(words.comma) });
  byId("notice-lost").hidden = false;
  showState();
}

// -- begin

async function fetchPaper() {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 10_000)) {
    const reply = await askServer(settings.paper_url).catch(() => null);
    if (reply?.body) return reply.body;
    if (reply?.status === 409 || reply?.status === 401) return location.reload();
    onlyShow("trouble");
    await later(pause);
  }
}

// A second tab of the same browser must not write beside the first one. (The server refuses other devices by itself.)
async function alone() {
  if (!navigator.locks) return true;
  for (let tries = 0; tries < 4; tries += 1) {
    const got = await new Promise((answer) => {
      navigator.locks
        .request(`sitting-${settings.sitting_id}-${settings.generation}`, { ifAvailable: true }, (lock) => {
          answer(Boolean(lock));
          return lock ? new Promise(() => {}) : undefined;
        })
        .catch(() => answer(true));
    });
    if (got) return true;
    await later(250); // a reload lets go of the lock a moment later
  }
  return false;
}

async function begin() {
  onlyShow("loading");
  if (!(await alone())) return freeze();
  const paper = await fetchPaper();
  if (!paper) return;
  items = paper.items;
  for (const [n, value] of saving.begin(paper.answers)) answers.set(n, value);
  clock.correct(paper.remaining_ms);
  if (!location.hash) history.replaceState(null, "", `#${paper.last_item ?? 1}`);
  draw();
  showState();
  setInterval(() => !document.hidden && lookAgain(), LOOK_AGAIN_MS);
  check();
  keepAwake();
}

byId("previous").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
byId("open-sheet").addEventListener("click", () => open("#sheet"));
byId("back").addEventListener("click", () => open(`#${current}`, true));
byId("flag").addEventListener("click", toggleFlag);
byId("question").addEventListener("submit", (event) => event.preventDefault());
byId("hand-in").addEventListener("click", (event) => {
  if (!saving.unsettled && !saving.offline) return;
  event.preventDefault();
  leaving = true;
  byId("notice-pending").hidden = saving.offline;
  if (saving.offline) showState();
  else saving.hurry();
});
// The other language, here and now: the address keeps the question, the page stays where there is no network, and what is under way goes first.
byId("language-switch").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (saving.offline) return;
  while (saving.unsettled && !saving.offline) {
    saving.hurry();
    await later(300);
  }
  const kept = await fetch(event.target.action, { method: "POST", body: new FormData(event.target), redirect: "manual" }).catch(() => null);
  if (kept && !saving.unsettled) location.reload();
});
for (const button of document.querySelectorAll("[data-show]"))
  button.addEventListener("click", () => {
    show = button.dataset.show;
    drawSheet();
  });
window.addEventListener("hashchange", draw);
window.addEventListener("popstate", draw);
window.addEventListener("online", lookAgain);
window.addEventListener("pagehide", () => saving.flushAway());
window.addEventListener("beforeunload", (event) => {
  if (!frozen && saving.pending.size) event.preventDefault();
});
document.addEventListener("visibilitychange", () => (document.hidden ? saving.flushAway() : lookAgain()));
byId("question").addEventListener("keydown", (event) => {
  if (event.target.matches("textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toUpperCase();
  const option = byId("options").querySelector(`[data-key="${CSS.escape(key)}"] input`);
  const move = { ARROWLEFT: -1, ARROWRIGHT: 1 }[key];
  if (move) step(move);
  else if (key === "F") toggleFlag();
  else if (option) option.click();
  else return;
  event.preventDefault();
});
setInterval(tick, 250);
begin();
