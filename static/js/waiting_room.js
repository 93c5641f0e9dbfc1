// Counts down to the start by the server's clock, tests network and screen, and opens the door by itself.

import { Countdown, askServer, byId, clockText, keepAwake, later, settings } from "./exam_clock.js";

const LOOK_AGAIN_MS = 30_000;
const serverStart = Date.parse(settings.server_now) - performance.now();
const start = new Countdown(settings.starts_in_ms);
const enter = byId("enter");
let drift = 0;

function showClock() {
  const now = new Date(serverStart + drift + performance.now());
  byId("server-clock").textContent = now.toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" });
  byId("countdown").textContent = clockText(start.left, false);
  if (!start.left) openDoor();
}

function openDoor() {
  if (!enter?.disabled) return;
  enter.disabled = false;
  enter.classList.replace("button-waiting", "button-primary");
  enter.querySelector("svg")?.remove();
  enter.querySelector("span").textContent = enter.dataset.open;
  for (const line of [byId("foot-line"), byId("countdown-name")]) line.textContent = line.dataset.open;
}

function showCheck(id, state, number = "") {
  const row = byId(id);
  row.hidden = false;
  row.className = `check-row check-row-${state}`;
  row.querySelector(".check-row-fact").textContent = row.dataset[state].replace("{n}", number);
  for (const sign of row.querySelectorAll("[data-sign]")) sign.hidden = sign.dataset.sign !== state;
  showSum();
}

function showSum() {
  const failed = document.querySelectorAll("#checks .check-row-failed").length;
  const passed = document.querySelectorAll("#checks .check-row-passed").length;
  const badge = byId("checks-badge");
  badge.textContent = (failed ? badge.dataset.todo : badge.dataset.done).replace("{n}", failed || passed);
  badge.className = `badge ${failed ? "badge-warn" : "badge-ok"}`;
}

async function testNetwork() {
  try {
    const { status, body, tripMs } = await askServer();
    if (status !== 200) throw new Error(String(status));
    if (body.status !== "ready") return location.reload();
    drift = Date.parse(body.server_now) + tripMs / 2 - (serverStart + performance.now());
    start.correct(Date.parse(body.starts_at) - Date.parse(body.server_now), tripMs);
    showCheck("check-network", "passed", String(Math.round(tripMs)));
    byId("retry-network").hidden = true;
  } catch {
    showCheck("check-network", "failed");
    byId("retry-network").hidden = false;
  }
}

async function keepLooking() {
  for (;;) {
    if (!document.hidden) await testNetwork();
    await later(LOOK_AGAIN_MS);
    // The seal of the paper is told by the page itself; nothing is typed here that a reload could lose.
    if (!settings.sealed && start.left > 3_000 && !document.hidden) location.reload();
  }
}

byId("retry-network").addEventListener("click", testNetwork);
byId("start")?.addEventListener("submit", () => enter.setAttribute("aria-busy", "true"));
setInterval(showClock, 250);
keepLooking();
keepAwake().then((lit) => showCheck("check-awake", lit ? "passed" : "failed"));
