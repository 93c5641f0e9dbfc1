// Practice without a network: takes sets along, asks from them, judges on the phone, and brings the answers home once there is a network.

import { operationId } from "./operation_id.js";
import { Store, forget, keepFiles } from "./practice_store.js";
import { bring } from "./practice_sync.js";
import { byId, onlyShow, readAnswer, say, showChip, showQuestion, showRows, showVerdict, verdictOf, words } from "./practice_screens.js";

const settings = JSON.parse(document.body.dataset.offline);
const able = Boolean(window.isSecureContext && window.indexedDB && window.crypto?.subtle && navigator.serviceWorker && window.caches);
let store = null;
let state = null; // what the server said last; null without a network
let sitting = false; // an exam runs, and practice is closed until it is over
let set = null; // the set that is being practised
let progress = {};
let item = null;
let value = null;
let keeping = false; // an answer is being stored and its verdict shown; a second tap must not store it again

// -- what the server says

async function ask(address) {
  try {
    const reply = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
    return { status: reply.status, body: reply.ok ? await reply.json() : null };
  } catch {
    return { status: 0, body: null };
  }
}

async function look() {
  const { status, body } = await ask(settings.state);
  sitting = status === 409;
  state = body;
  if (status === 401 || state?.open === false) await forget();
  store = await Store.open();
  byId("sign-in").hidden = status !== 401;
  byId("hint").textContent = sitting ? words.sitting : state?.open === false ? words["not open"] : !store ? words["no key"] : "";
  await tell();
  if (!set || sitting) await showLists();
  await synchronise();
  if (await renew() && !set) await showLists();
}

async function tell() {
  const waiting = store ? await store.waiting() : 0;
  if (waiting) showChip(state ? "waiting" : "offline", say("waiting", { n: waiting }));
  else if (state || sitting) showChip("online", state ? words.synced : words.online);
  else showChip("offline", words.offline);
}

async function synchronise() {
  if (!store || !state) return;
  let refused = 0;
  await bring(store, settings.answers, state, (count) => (refused += count));
  if (refused) byId("hint").textContent = say("refused", { n: refused });
  await tell();
}

// -- the sets

// Sets of what can no longer be practised go, and those whose items were changed are fetched anew; whether anything changed.
async function renew() {
  if (!store || !state) return false;
  const told = new Map(state.sets.map((one) => [one.key, one]));
  const old = (await store.sets()).filter(({ key, digest }) => told.get(key)?.digest !== digest);
  for (const { key } of old) await (told.has(key) ? fetchSet(told.get(key)).catch(() => {}) : store.drop(key));
  return old.length > 0;
}

async function fetchSet({ place, chapter }) {
  const { body } = await ask(`${settings.sets.replace("CHAPTER", encodeURIComponent(chapter))}?enrolment=${encodeURIComponent(place)}`);
  if (!body) throw new Error("not there");
  await keepFiles([settings.page, ...settings.files], body.items);
  await store.keep(body);
}

async function showLists() {
  set = item = null;
  byId("title").textContent = document.title;
  onlyShow("lists");
  const kept = store ? await store.sets() : [];
  const rows = await Promise.all(
    kept.map(async (one) => ({ ...one, note: say("progress", { n: Object.keys(await store.progress(one.key)).length, m: one.items.length }) })),
  );
  showRows("kept", rows, ({ key }) => open(key), remove);
  const names = new Set(kept.map(({ key }) => key));
  const more = (state?.sets ?? []).filter(({ key }) => !names.has(key)).map((one) => ({ ...one, note: say("items", { n: one.count }) }));
  showRows("more", more, takeAlong);
  if (store && !kept.length && !byId("hint").textContent) byId("hint").textContent = words["none kept"];
}

const watch = () => navigator.serviceWorker.register(settings.worker, { scope: settings.scope });

async function takeAlong(one, button) {
  button.disabled = true;
  button.querySelector(".list-row-note").textContent = words.downloading;
  try {
    await watch();
    await fetchSet(one);
    await navigator.storage?.persist?.();
    byId("hint").textContent = "";
    await showLists();
  } catch {
    button.disabled = false;
    button.querySelector(".list-row-note").textContent = words.failed;
  }
}

async function remove({ key }) {
  await store.drop(key);
  await showLists();
}

// -- one question after the other

async function open(key) {
  set = await store.set(key);
  progress = await store.progress(key);
  byId("title").textContent = set.name;
  next();
}

function next() {
  const place = set.items.findIndex(({ id }) => !(id in progress));
  item = set.items[place];
  if (item) return showQuestion(item, place + 1, set.items.length);
  onlyShow("done", "back");
  byId("done-title").focus();
}

async function submit(event) {
  event.preventDefault();
  if (!item || keeping || !byId("solution").hidden) return;
  value = readAnswer(item);
  if (value === null) return void (byId("fault").textContent = words["empty answer"]);
  const verdict = verdictOf(item, value);
  if (verdict === "open") return showVerdict(item, value, verdict);
  await keep(verdict, {}, () => showVerdict(item, value, verdict));
}

const judged = (word) => keep(word, { judged: word }, next);

// Stores an answer, then goes on. What is tapped meanwhile is let go of; what could not be stored is said, and counts as not answered.
async function keep(verdict, more, goOn) {
  if (keeping) return;
  keeping = true;
  const after = { ...progress, [item.id]: verdict };
  const answer = { operation_id: operationId(), item_id: item.id, version_id: item.version_id, value, place: set.place, ...more };
  try {
    await store.answered(set.key, after, answer);
    progress = after;
    goOn();
  } catch {
    byId("fault").textContent = words["not kept"];
  } finally {
    keeping = false;
  }
  await tell();
  synchronise();
}

async function again() {
  await store.restart(set.key);
  progress = {};
  next();
}

async function begin() {
  if (!able) {
    onlyShow("lists");
    showChip("online", words.online);
    byId("hint").textContent = words.unable;
    return;
  }
  await look();
  if (!state || !(await store?.sets())?.length) return;
  watch().catch(() => {});
  keepFiles([settings.page, ...settings.files], []).catch(() => {});
}

byId("question").addEventListener("submit", submit);
byId("next").addEventListener("click", next);
byId("again").addEventListener("click", again);
byId("back").addEventListener("click", () => {
  set = null;
  look();
});
for (const button of document.querySelectorAll("[data-judge]")) button.addEventListener("click", () => judged(button.dataset.judge));
window.addEventListener("online", look);
window.addEventListener("offline", () => {
  state = null;
  sitting = false;
  tell();
});
begin();
