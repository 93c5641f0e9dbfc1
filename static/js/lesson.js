// The lesson page: follows where the reader or the film is and reports it. An article's position is a reading clock that runs
// only while a part with open ground is on screen; a film's position is the player's own.

import { LessonView, merge } from "./lesson_view.js";
import { StudySession } from "./study_session.js";

const strip = document.getElementById("lesson-credit");
const view = new LessonView(strip);
const film = document.querySelector("video[data-film]");
const takeover = document.getElementById("takeover");
const parts = [...new Map(view.parts.map((row) => [row.dataset.part, row])).values()].map((row) => ({
  anchor: row.dataset.part,
  from: Number(row.dataset.from),
  to: Number(row.dataset.to),
  heading: document.getElementById(row.dataset.part),
}));

const state = { run: 0, from: 0, at: 0, playing: false, anchor: "", spoilt: null };

const session = new StudySession({
  url: strip.dataset.url,
  lesson: strip.dataset.lesson,
  enrolment: strip.dataset.enrolment,
  token: strip.dataset.token,
  onReply(answer) {
    if (answer.painted) view.paint(answer.painted, answer.credited_ms_lesson);
    view.say(answer.reason === "counting" && !state.playing ? standstill() : answer.reason);
  },
  onStop(reason, message) {
    view.say(reason, message);
    film?.pause();
    if (reason === "lease_lost") takeover.hidden = false;
  },
});

function standstill() {
  if (document.hidden) return "hidden";
  return film ? "paused" : "part_full";
}

/** Report what was followed up to now, and begin the next stretch here. */
function report({ visible = true, leaving = false } = {}) {
  if (state.spoilt || state.playing) {
    const played = !state.spoilt && state.at > state.from;
    const seen = visible && state.spoilt !== "hidden";
    session.beat({ run: state.run, from: state.from, to: state.at, playing: played, visible: seen, leaving });
  }
  state.spoilt = null;
  state.from = state.at;
}

/** Go on from another place: another run, so that nothing between is claimed. */
function jump(position) {
  state.run += 1;
  state.from = state.at = position;
}

/** The time since the last report holds a pause or a hidden page: it is told as such when following goes on. */
function stand(why) {
  if (state.playing) report();
  state.playing = false;
  state.spoilt = why;
  view.say(why === "hidden" ? "hidden" : standstill());
}

function follow() {
  if (state.playing || document.hidden || !session.live) return;
  if (state.spoilt) report();
  state.playing = true;
}

// -- films --------------------------------------------------------------------------------------------------------------

function watchFilm(opened) {
  film.currentTime = opened.resume_ms / 1000;
  jump(opened.resume_ms);
  film.addEventListener("timeupdate", () => {
    if (film.seeking) return;
    state.at = Math.min(film.currentTime * 1000, view.length);
    view.here(state.at, "film");
  });
  film.addEventListener("seeking", () => {
    if (state.playing) report();
    jump(film.currentTime * 1000);
  });
  film.addEventListener("playing", follow);
  for (const name of ["pause", "ended", "waiting"]) film.addEventListener(name, () => stand("paused"));
  if (film.paused) stand("paused");
  else follow();
}

// -- articles -----------------------------------------------------------------------------------------------------------

function firstOpen(part) {
  let position = part.from;
  for (const [start, end] of merge(view.covered)) if (start <= position && position < end) position = end;
  return position < part.to ? position : null;
}

function onScreen() {
  const top = strip.getBoundingClientRect().bottom;
  const line = top + (innerHeight - top) / 3;
  const shown = parts.filter((part, index) => {
    const start = part.heading.getBoundingClientRect().top;
    const end = parts[index + 1]?.heading.getBoundingClientRect().top ?? document.querySelector(".prose").getBoundingClientRect().bottom;
    part.reading = start <= line && line < end;
    return start < innerHeight - 80 && end > top;
  });
  return [...shown.filter((part) => part.reading), ...shown];
}

function readOn(milliseconds) {
  const shown = onScreen();
  const running = shown.find((part) => part.anchor === state.anchor && state.at < part.to && state.playing);
  const part = (shown[0]?.reading && firstOpen(shown[0]) !== null && shown[0] !== running ? null : running)
    ?? shown.find((one) => firstOpen(one) !== null);
  view.here(part === running && running ? state.at : (shown[0]?.from ?? 0), (part ?? shown[0])?.anchor);
  if (!part) return state.playing && stand("paused");
  if (part !== running) {
    if (state.playing) report();
    state.anchor = part.anchor;
    jump(firstOpen(part));
    return follow();
  }
  state.at = Math.min(state.at + milliseconds, part.to);
  if (state.at === part.to) report();
}

function readArticle() {
  let before = performance.now();
  setInterval(() => {
    const now = performance.now();
    if (!document.hidden && session.live) readOn(Math.min(now - before, 2000));
    before = now;
  }, 500);
}

// -- wiring -------------------------------------------------------------------------------------------------------------

async function begin() {
  takeover.hidden = true;
  const opened = await session.open();
  if (!opened) return session.session || view.say("offline");
  view.paint(opened.covered, opened.credited_ms_lesson);
  view.say(film ? "paused" : "counting");
  return opened;
}

const opened = await begin();
if (opened) {
  if (film) watchFilm(opened);
  else readArticle();
  setInterval(() => state.playing && report(), opened.interval_s * 1000);
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) stand("hidden");
  else if (!film || !film.paused) follow();
});
addEventListener("pagehide", () => state.playing && report({ leaving: true }));
takeover.querySelector("button").addEventListener("click", async () => {
  if (await begin()) state.playing = false;
});
