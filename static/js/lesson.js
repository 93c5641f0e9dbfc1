// The lesson page: follows where the reader or the recording is, and reports it. An article's or a slide's position is a reading clock
// that runs only while a part with open ground is on screen; a recording's position is the player's own.

import { LessonView, minutesSeconds } from "./lesson_view.js";
import { PresenceSheet } from "./presence.js";
import { Reading } from "./reading.js";
import { StudySession } from "./study_session.js";

const strip = document.getElementById("lesson-credit");
const takeover = document.getElementById("takeover");
const recording = document.querySelector("[data-recording]");
const view = new LessonView(strip);
const reading = recording ? null : new Reading(view, document.querySelector("[data-reading]"));

// Where the unreported stretch began and has got to. `spoilt` says why the time since the last report was not all followed.
const now = { run: 0, from: 0, at: 0, following: false, spoilt: "paused" };

const session = new StudySession({
  url: strip.dataset.url,
  lesson: strip.dataset.lesson,
  enrolment: strip.dataset.enrolment,
  token: strip.dataset.token,
  onReply(answer, claim) {
    tellDecision(answer.decided);
    if (answer.covered) startFrom(answer);
    else if (answer.painted) view.paint(answer.painted, answer.credited_ms_lesson);
    beatOn();
    if (answer.presence) return hold(answer.presence);
    const usual = answer.reason === "counting" || claim?.spoilt;
    if (answer.reason === "counting") document.getElementById("taken-over").hidden = true;
    view.say(usual ? (now.following ? "counting" : standstill()) : answer.reason);
    if (!usual) reading?.forget();
    offerGap();
    return undefined;
  },
  onStop(reason, message) {
    now.following = false;
    view.say(reason, message);
    recording?.pause();
    takeover.hidden = reason !== "lease_lost";
  },
});

const presence = new PresenceSheet({
  sheet: document.getElementById("presence"),
  waiting: document.getElementById("presence-waiting"),
  answer: (check, choice) => session.answer(document.getElementById("presence").dataset.url, check, choice),
  onReview: (question) => (recording ? lookAgain() : goTo(question.part)),
  onPassed(verdict) {
    view.paint([], verdict.credited_ms_lesson);
    view.say(verdict.reason === "counting" ? standstill() : verdict.reason);
    if (recording && !recording.paused) follow(); // it was set going to look again, and so says nothing now
    else if (recording && held.playing) recording.play().catch(() => {});
    rest();
  },
});

const held = { playing: false };
const away = { playing: false };
const beats = { timer: 0, since: 0 };
const REVIEW_MS = 60000;

/** The server waits for an answer: nothing earns until it has come, so nothing runs on. */
function hold(question) {
  if (!presence.held) held.playing = away.playing || Boolean(recording && !recording.paused);
  reading?.forget();
  stand("presence_due");
  recording?.pause();
  view.say("presence_due");
  presence.ask(question);
}

function lookAgain() {
  recording.currentTime = Math.max(0, recording.currentTime - REVIEW_MS / 1000);
  rest();
}

/** Where the reader goes on, also for those who hear the page: the player, or the part that is on screen. */
function rest() {
  const place = recording ?? document.getElementById(reading.anchor);
  if (place && !recording) place.tabIndex = -1;
  place?.focus({ preventScroll: true });
}

/** To a part of the text, wherever the reader is now. */
function goTo(part) {
  document.getElementById(part)?.scrollIntoView();
  if (part) reading.anchor = part;
  rest();
}

/** At the end with something left out, lead back to it: of a recording, or of a text whose open parts all lie above. */
function offerGap() {
  const over = recording ? recording.ended : !now.following && reading.isBehind();
  view.offer(Boolean(over && session.live && !presence.held && view.firstGap() !== null));
}

function fillGap() {
  const gap = view.firstGap() ?? 0;
  if (reading) return goTo(reading.holding(gap).anchor);
  recording.currentTime = gap / 1000;
  return recording.play().catch(() => {});
}

/** Nothing counts while nobody sees it, so the recording waits rather than leave a gap; in a picture of its own it is being watched. */
function waitUnseen() {
  away.playing = Boolean(recording && !recording.paused && !recording.ended && !document.pictureInPictureElement);
  stand("hidden");
  if (away.playing) recording.pause();
}

function comeBack() {
  if (recording && !recording.paused) follow(); // its own controls may have set it going meanwhile
  else if (away.playing && !presence.held && session.live) recording.play().catch(() => {});
  else if (recording) view.say(standstill());
  away.playing = false;
}

function standstill() {
  if (presence.held) return "presence_due";
  if (document.hidden) return "hidden";
  if (document.pictureInPictureElement) return "pip";
  return recording ? "paused" : "part_full";
}

/** Report the stretch up to now; the next one begins here. */
function report(leaving = false) {
  const spoilt = now.spoilt;
  if (!spoilt && now.at <= now.from) return;
  beats.since = performance.now();
  session.beat({
    run: now.run,
    from: now.from,
    to: now.at,
    playing: !spoilt,
    visible: spoilt !== "hidden",
    spoilt,
    leaving,
  });
  beatOn();
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
  if (reading) offerGap();
}

function follow() {
  if (now.following || document.hidden || document.pictureInPictureElement || presence.held || !session.live) return;
  if (now.spoilt) report();
  now.following = true;
  view.say("counting");
  if (reading) offerGap();
}

function watchRecording() {
  recording.addEventListener("timeupdate", () => {
    if (recording.seeking) return;
    now.at = Math.min(recording.currentTime * 1000, view.length);
    view.here(now.at, "film");
  });
  recording.addEventListener("seeking", () => jump(recording.currentTime * 1000));
  recording.addEventListener("playing", follow);
  // Another quality empties the player, which then says neither that it pauses nor where it was.
  for (const name of ["pause", "ended", "waiting", "emptied"]) recording.addEventListener(name, () => stand(document.hidden ? "hidden" : "paused"));
  for (const name of ["ended", "seeking", "playing"]) recording.addEventListener(name, offerGap);
  recording.addEventListener("enterpictureinpicture", () => stand("paused"));
  recording.addEventListener("leavepictureinpicture", () => !recording.paused && follow());
}

function read() {
  let before = performance.now();
  setInterval(() => {
    const passed = Math.min(performance.now() - before, 2000);
    before = performance.now();
    if (document.hidden || presence.held || !session.live) return;
    if (now.following && now.at >= reading.end(now.at)) report();
    const place = reading.place(now.following ? now.at : null);
    if (place === null) {
      if (now.following) stand("paused");
      else offerGap(); // scrolled on, perhaps past the last part with open ground
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
    startFrom(opened);
    Object.assign(now, { run: now.run + 1, following: false, spoilt: "paused" });
    // From the start nothing is sought: that would put the first frame, which is bare, in the place of the poster.
    if (recording && recording.paused && now.at === 0 && opened.resume_ms > 0) recording.currentTime = opened.resume_ms / 1000;
    view.say(recording ? standstill() : "starting"); // an article counts from its first tick on
    tellWhereFrom(opened.taken_over);
    if (reading && opened.resume_ms > 0) goOnReading(opened.resume_ms);
    if (opened.presence) hold(opened.presence);
    else if (opened.reason && opened.reason !== "counting") view.say(opened.reason);
  } else if (session.unheard) {
    view.say("offline");
    takeover.hidden = !session.stopped;
  }
  return opened;
}

/** A session begins with what the server says is covered; what was painted before may have been made void. */
function startFrom(opened) {
  view.repaint(opened.covered, opened.credited_ms_lesson);
  reading?.forget();
}

/** An article that was left in a later part opens there, once, unless the reader has chosen a place. */
function goOnReading(position) {
  if (!now.resumed && !location.hash && scrollY === 0) document.getElementById(reading.holding(position).anchor)?.scrollIntoView();
  now.resumed = true;
}

/** A person took study away or gave it back while the lesson was open: say what and why, so that the figure does not just jump. */
function tellDecision(decided) {
  const line = document.getElementById("decided");
  if (!decided || decided.id === now.told) return;
  now.told = decided.id;
  const words = decided.void ? line.dataset.void : line.dataset.restored;
  line.querySelector("[data-words]").textContent = words.replace("{time}", minutesSeconds(decided.ms)).replace("{reason}", decided.reason);
  line.hidden = false;
}

/** This device took over from another, which has stopped: say so once, until the first beat is credited. */
function tellWhereFrom(taken) {
  const line = document.getElementById("taken-over");
  line.hidden = !taken;
  const names = JSON.parse(line.dataset.names);
  if (taken) line.querySelector("[data-words]").textContent = line.dataset.words.replace("{}", names[taken.device] ?? taken.device);
}

async function start() {
  const opened = await begin();
  if (!opened) return setTimeout(start, session.stopped ? 2 ** 31 - 1 : 10000);
  if (recording) watchRecording();
  else read();
  if (recording && !recording.paused) follow();
  return beatOn();
}

/** The next beat comes when the interval that the server asked for last has passed since the last report, whatever caused that one. */
function beatOn() {
  clearTimeout(beats.timer);
  const left = beats.since + session.interval * 1000 - performance.now();
  beats.timer = setTimeout(() => {
    beats.since = performance.now();
    beatOn();
    if (now.following) report();
  }, Math.max(0, left));
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) waitUnseen();
  else comeBack();
});
addEventListener("pagehide", () => now.following && report(true));
takeover.querySelector("button").addEventListener("click", begin);
document.querySelector("[data-gap]").addEventListener("click", fillGap);

if (document.hidden) document.addEventListener("visibilitychange", start, { once: true });
else start();
