// Answers on their way to the server. An answer counts as saved only with the server's receipt; until then it is pending.
// They wait in memory alone: nothing of an exam is written to the browser's storage in the clear.

import { later } from "./exam_clock.js";

const CHOICE = { wait: 400, limit: 800 };
const TEXT = { wait: 1200, limit: 3000 };
const SLOWEST_RETRY_MS = 15_000;
const PATIENCE_MS = 12_000;

export class Saving {
  // hooks: changed(), replied(body, tripMs), lost(), ended(), signIn()
  constructor({ url, csrf, generation, hooks }) {
    Object.assign(this, { url, csrf, generation, hooks });
    this.pending = new Map(); // item number -> the one answer that still has to go
    this.revisions = new Map(); // item number -> newest revision given out or stored
    this.failures = 0;
    this.stopped = false;
    this.running = false;
    this.wake = () => {};
    window.addEventListener("online", () => this.hurry());
    window.addEventListener("offline", () => this.hooks.changed());
  }

  get offline() {
    return !navigator.onLine || (this.failures > 0 && this.networkDown);
  }

  put(item, value, isText) {
    if (this.stopped) return;
    const pace = isText ? TEXT : CHOICE;
    const now = performance.now();
    const first = this.pending.get(item)?.first ?? now;
    const revision = (this.revisions.get(item) ?? 0) + 1;
    this.revisions.set(item, revision);
    const sendAt = Math.min(now + pace.wait, first + pace.limit);
    this.pending.set(item, { item, value, revision, operation_id: crypto.randomUUID?.() ?? randomId(), first, sendAt });
    this.hooks.changed();
    this.run();
  }

  // Everything now, without waiting for more typing. Resolves when nothing is pending or the network is down.
  async hurry() {
    for (const entry of this.pending.values()) entry.sendAt = 0;
    this.failures = 0;
    this.wake();
    await this.run();
  }

  // The page may be gone in a moment: send each once, without waiting for what comes back.
  flushAway() {
    if (this.stopped) return;
    for (const entry of this.pending.values()) this.send(entry, true).catch(() => {});
  }

  stop() {
    this.stopped = true;
    this.wake();
  }

  run() {
    this.running ||= this.work().finally(() => (this.running = false));
    return this.running;
  }

  async work() {
    while (this.pending.size && !this.stopped) {
      const entry = [...this.pending.values()].reduce((a, b) => (a.sendAt <= b.sendAt ? a : b));
      const wait = entry.sendAt - performance.now();
      if (wait > 0) await this.pause(wait);
      else await this.attempt(entry);
    }
  }

  pause(ms) {
    return Promise.race([later(ms), new Promise((done) => (this.wake = done))]);
  }

  async attempt(entry) {
    try {
      const asked = performance.now();
      const reply = await this.send(entry, false);
      this.settle(entry, reply.status, await reply.json().catch(() => null), performance.now() - asked);
    } catch {
      this.failed(true);
    }
    this.hooks.changed();
    if (this.failures) await this.pause(this.retryPause);
  }

  send(entry, keepalive) {
    const { item, value, revision, operation_id } = entry;
    return fetch(this.url, {
      method: "POST",
      keepalive,
      signal: keepalive ? undefined : AbortSignal.timeout?.(PATIENCE_MS),
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.csrf },
      body: JSON.stringify({ item, revision, generation: this.generation, operation_id, value }),
    });
  }

  get retryPause() {
    return Math.min(SLOWEST_RETRY_MS, 500 * 2 ** this.failures);
  }

  failed(networkDown) {
    this.failures += 1;
    this.networkDown = networkDown;
  }

  settle(entry, status, body, tripMs) {
    const code = body?.error?.code;
    if (status === 200 && body?.receipt) {
      this.failures = 0;
      if (this.pending.get(entry.item) === entry) this.pending.delete(entry.item);
      this.hooks.replied(body, tripMs);
    } else if (code === "STALE_REVISION") this.renumber(entry, body.error.facts.stored);
    else if (code === "LEASE_LOST") this.hooks.lost();
    else if (["LATE", "NOT_RUNNING", "SITTING_NOT_FOUND"].includes(code)) this.hooks.ended();
    else {
      if (status === 401 || code === "CSRF_FAILED") this.hooks.signIn();
      this.failed(false);
      entry.sendAt = performance.now() + this.retryPause; // behind the others: one answer that is refused holds up none
    }
  }

  // Another page of this device wrote in between; what stands on this screen is the newest.
  renumber(entry, stored) {
    const now = this.pending.get(entry.item) ?? entry;
    const revision = Math.max(stored, this.revisions.get(entry.item) ?? 0) + 1;
    this.revisions.set(entry.item, revision);
    this.pending.set(entry.item, { ...now, revision, operation_id: crypto.randomUUID?.() ?? randomId(), sendAt: 0 });
  }
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
