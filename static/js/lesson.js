// The lesson page: follows where the reader or the film is, and reports it. An article's position is a reading clock that runs
// only while a part with open ground is on screen; a film's position is the player's own.

import { LessonView } from "./lesson_view.js";
import { Reading } from "./reading.js";
import { StudySession } from "./study_session.js";

const strip = document.getElementById("lesson-credit");
const takeover = document.getElementById("takeover");
const film = document.querySelector("video[data-film]");
const view = new LessonView(strip);
const reading = film ? null : new Reading(view, document.querySelector(".prose"));

// Where the unreported stretch began and has got to. `spoilt` says why the time since the last report was not all followed.
const now = { run: 0, from: 0, at: 0, following: false, spoilt: "paused" };

const session = new StudySession({
  url: strip.dataset.url,
  lesson: strip.dataset.lesson,
  enrolment: strip.dataset.enrolment,
  token: strip.dataset.token,
  onReply(answer, claim) {
    if (answer.painted) view.paint(answer.painted, answer.credited_ms_lesson);
    const usual = answer.reason === "counting" || claim?.spoilt;
    view.say(usual ? (now.following ? "counting" : standstill()) : answer.reason);
    if (!usual) reading?.forget();
  },
  onStop(reason, message) {
    now.following = false;
    view.say(reason, message);
    film?.pause();
    takeover.hidden = reason !== "lease_lost";
  },
});

function standstill() {
  if (document.hidden) return "hidden";
  return film ? "paused" : "part_full";
}

/** Report the stretch up to now; the next one begins here. */
function report(leaving = false) {
  const spoilt = now.spoilt;
  if (!spoilt && now.at <= now.from) return;
  session.beat({
    run: now.run,
    from: now.from,
    to: now.at,
    playing: !spoilt,
    visible: spoilt !== "hidden",
    spoilt,
    leaving,
  });
  reading?.claim(now.from, now.at);
  now.spoilt = null;
  now.from = now.at;
}

/** Go on from another place, in a run of its own, so that nothing between is claimed. */
function jump(position) {
  if (now.following) report();
  now.run += 1;
  now.from = now.at = position;
}

/** Stand still. The time until following goes on is reported then, as what it was. */
function stand(why) {
  if (now.following) report(why === "hidden");
  now.following = false;
  now.spoilt = why;
  view.say(standstill());
}

function follow() {
  if (now.following || document.hidden || !session.live) return;
  if (now.spoilt) report();
  now.following = true;
  view.say("counting");
}

function watchFilm() {
  film.addEventListener("timeupdate", () => {
    if (film.seeking) return;
    now.at = Math.min(film.currentTime * 1000, view.length);
    view.here(now.at, "film");
  });
  film.addEventListener("seeking", () => jump(film.currentTime * 1000));
  film.addEventListener("playing", follow);
  for (const name of ["pause", "ended", "waiting"]) film.addEventListener(name, () => stand("paused"));
}

function readArticle() {
  let before = performance.now();
  setInterval(() => {
    const passed = Math.min(performance.now() - before, 2000);
    before = performance.now();
    if (document.hidden || !session.live) return;
    if (now.following && now.at >= reading.end(now.at)) report();
    const place = reading.place(now.following ? now.at : null);
    if (place === null) {
      if (now.following) stand("paused");
    } else if (place !== now.at || !now.following) {
      jump(place);
      follow();
    } else {
      now.at = reading.advance(now.at, passed);
    }
    view.here(now.at, reading.anchor);
  }, 500);
}

async function begin() {
  takeover.hidden = true;
  view.say("starting");
  const opened = await session.open();
  if (opened) {
    view.paint(opened.covered, opened.credited_ms_lesson);
    Object.assign(now, { run: now.run + 1, following: false, spoilt: "paused" });
    if (film && film.paused && now.at === 0) film.currentTime = opened.resume_ms / 1000;
    view.say(film ? standstill() : "starting"); // an article counts from its first tick on
  } else if (!session.stopped) {
    view.say("offline");
  }
  return opened;
}

async function start() {
  const opened = await begin();
  if (!opened) return setTimeout(start, session.stopped ? 2 ** 31 - 1 : 10000);
  if (film) watchFilm();
  else readArticle();
  if (film && !film.paused) follow();
  return setInterval(() => now.following && report(), opened.interval_s * 1000);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) stand("hidden");
  else if (film && !film.paused) follow();
});
addEventListener("pagehide", () => now.following && report(true));
takeover.querySelector("button").addEventListener("click", begin);

if (document.hidden) document.addEventListener("visibilitychange", start, { once: true });
else start();
