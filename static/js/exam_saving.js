// Answers on their way to the server. An answer counts as saved only with the server's receipt; until then it is pending.
// They wait in memory alone: nothing of an exam is written to the browser's storage in the clear. Only which items were on their way
// when the page was left is noted there, by number and revision, so that the page after it can wait for them to arrive.

import { later } from "./exam_clock.js";

// As operation_id.js names what practice sends; here once more, because a file of its own would be one request more for the room.
const operationId = () =>
  crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const CHOICE = { wait: 400, limit: 800 };
const TEXT = { wait: 1200, limit: 3000 };
const SLOWEST_RETRY_MS = 15_000;
const PATIENCE_MS = 12_000;

export class Saving {
  // hooks: changed(), replied(body, tripMs), lost(), ended(), signIn()
  constructor({ url, csrf, generation, note, hooks }) {
    Object.assign(this, { url, csrf, generation, note, hooks });
    this.pending = new Map(); // item number -> the one answer that still has to go
    this.revisions = new Map(); // item number -> newest revision given out or stored
    this.shown = new Map(); // item number -> revision of the answer that stands on this page
    this.awaited = new Map(JSON.parse(sessionStorage.getItem(note) ?? "[]")); // item number -> revision that the page before this one sent and that is not yet seen to have arrived
    this.checked = false; // whether the server's answers were read a second time and agreed with
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
    const revision = this.nextRevision(item);
    const sendAt = Math.min(now + pace.wait, first + pace.limit);
    this.pending.set(item, { item, value, revision, operation_id: operationId(), first, sendAt });
    this.hooks.changed();
    this.run();
  }

  nextRevision(item, stored = 0) {
    const revision = Math.max(stored, this.revisions.get(item) ?? 0) + 1;
    this.revisions.set(item, revision);
    this.shown.set(item, revision);
    return revision;
  }

  // How many answers the server is not yet known to hold.
  get unsettled() {
    return new Set([...this.pending.keys(), ...this.awaited.keys()]).size;
  }

  // The answers as the server first told them, and what the page before this one left under way. A new choice gets a revision above
  // both, so that nothing late overwrites it.
  begin(stored) {
    for (const [item, revision] of this.awaited) this.revisions.set(item, revision);
    return this.adopt(stored);
  }

  // Takes over what the server holds by now; an item changed here since keeps the choice on the screen, which is saved on top.
  // The items and values that the page has to show anew.
  adopt(stored) {
    const fresh = [];
    for (const [key, { value, revision }] of Object.entries(stored)) {
      const item = Number(key);
      const own = this.pending.get(item);
      if (this.awaited.get(item) <= revision) this.awaited.delete(item);
      if (own) {
        if (revision > own.revision || (revision === own.revision && !same(value, own.value))) this.renumber(own, revision);
      } else if (revision > (this.shown.get(item) ?? 0)) {
        this.shown.set(item, revision);
        this.revisions.set(item, Math.max(revision, this.revisions.get(item) ?? 0));
        fresh.push([item, value]);
      }
    }
    return fresh;
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
    const left = [...this.pending.values()].map(({ item, revision }) => [item, revision]);
    sessionStorage.setItem(this.note, JSON.stringify([...this.awaited, ...left]));
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
      if (this.awaited.get(entry.item) <= entry.revision) this.awaited.delete(entry.item);
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

  // An earlier page of this device wrote in between; what stands on this screen is the newest.
  renumber(entry, stored) {
    const now = this.pending.get(entry.item) ?? entry;
    const revision = this.nextRevision(entry.item, stored);
    this.pending.set(entry.item, { ...now, revision, operation_id: operationId(), sendAt: 0 });
  }
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
