// The last question before the hand-in: the clock runs on, and when it ends the page leads to the receipt.

import { Countdown, askServer, byId, clockText, later, settings } from "./exam_clock.js";

const clock = new Countdown(settings.remaining_ms);
const ticking = setInterval(() => {
  byId("time-left").textContent = clockText(clock.left);
  if (clock.left) return;
  clearInterval(ticking);
  byId("hand-in").querySelector("button").disabled = true;
  later(settings.grace_ms + 1000).then(() => location.assign(settings.back_url));
}, 250);

byId("hand-in").addEventListener("submit", () => {
  byId("hand-in").querySelector("button").setAttribute("aria-busy", "true");
  sessionStorage.removeItem(`flags-${settings.sitting_id}`);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  askServer().then(({ body, tripMs }) => body && clock.correct(body.remaining_ms, tripMs), () => {});
});
