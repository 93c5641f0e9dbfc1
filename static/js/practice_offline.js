// Practice without a network: takes sets along, asks from them, judges on the phone, and brings the answers home once there is a network.

import { operationId } from "./operation_id.js";
import { Store, forget, keepFiles } from "./practice_store.js";
import { bring } from "./practice_sync.js";
import { byId, onlyShow, readAnswer, say, showChip, showQuestion, showRows, showVerdict, verdictOf, words } from "./practice_screens.js";

const settings = JSON.parse(document.body.dataset.offline);
const able = Boolean(window.isSecureContext && window.indexedDB && window.crypto?.subtle && navigator.serviceWorker && window.caches);
let store = null;
let state = null; // what the server said last; null without a network
let set = null; // the set that is being practised
let progress = {};
let item = null;
let value = null;
let keeping = false; // an answer is being stored; a second tap must not store it again

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
  state = body;
  if (status === 401 || status === 404) await forget();
  store = await Store.open();
  byId("sign-in").hidden = status !== 401;
  byId("hint").textContent = status === 404 ? words["not open"] : !store ? words["no key"] : "";
  await tell();
  if (!set) await showLists();
  await synchronise();
}

async function tell() {
  const waiting = store ? await store.waiting() : 0;
  if (waiting) showChip(state ? "waiting" : "offline", say("waiting", { n: waiting }));
  else if (state) showChip("online", words.synced);
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

async function takeAlong({ key }, button) {
  button.disabled = true;
  button.querySelector(".list-row-note").textContent = words.downloading;
  const { body } = await ask(settings.sets.replace("CHAPTER", encodeURIComponent(key)));
  try {
    if (!body) throw new Error("not there");
    await navigator.serviceWorker.register(settings.worker, { scope: settings.page });
    await keepFiles([settings.page, ...settings.files], body.items);
    await store.keep({ ...body, place: state.place });
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
  if (verdict !== "open") await keep(verdict);
  showVerdict(item, value, verdict);
}

async function judged(word) {
  if (keeping) return;
  await keep(word, { judged: word });
  next();
}

async function keep(verdict, more = {}) {
  progress = { ...progress, [item.id]: verdict };
  const answer = { operation_id: operationId(), item_id: item.id, version_id: item.version_id, value, place: set.place, ...more };
  keeping = true;
  try {
    await store.answered(set.key, progress, answer);
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
  if (state && (await store?.sets())?.length) keepFiles([settings.page, ...settings.files], []).catch(() => {});
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
  tell();
});
begin();
