// The server's time on this device: what is left, corrected by every reply, and never by the phone's own clock.

export const settings = JSON.parse(document.body.dataset.room);
export const byId = (id) => document.getElementById(id);

export class Countdown {
  constructor(leftMs) {
    this.correct(leftMs);
  }

  // `tripMs`: how long the reply took; half of it has passed since the server looked at its clock.
  correct(leftMs, tripMs = 0) {
    this.endsAt = performance.now() + leftMs - tripMs / 2;
  }

  get left() {
    return Math.max(0, this.endsAt - performance.now());
  }
}

const two = (number) => String(number).padStart(2, "0");

export function clockText(ms, long = true) {
  const seconds = Math.ceil(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (long) return `${two(hours)}:${rest}`;
  return hours ? `${hours}:${rest}` : rest;
}

export async function askServer(url = settings.clock_url) {
  const asked = performance.now();
  const reply = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
  const tripMs = performance.now() - asked;
  return { status: reply.status, body: reply.ok ? await reply.json() : null, tripMs };
}

export const later = (ms) => new Promise((done) => setTimeout(done, ms));

// Keeps the screen lit while the page is looked at. Whether the browser can.
export async function keepAwake() {
  if (!navigator.wakeLock) return false;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    return false;
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) navigator.wakeLock.request("screen").catch(() => {});
  });
  return true;
}
