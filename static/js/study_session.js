// One study session with the server: opens it, keeps the chain of nonces, sends beats one after the other.
// It never counts by itself: the numbers it hands on are the server's.

const FINAL = new Set(["lease_lost", "access_closed"]);
const REOPEN = new Set(["NONCE_WRONG", "BEAT_OUT_OF_ORDER", "STUDY_SESSION_NOT_FOUND"]);
const PATIENCE_MS = 15000;
const AGAIN_S = 5; // after a beat that nobody answered: the bridge is short, so the next does not wait for a whole interval
const RETRY_MS = 10000;

export class StudySession {
  constructor({ url, lesson, enrolment, token, onReply, onStop }) {
    Object.assign(this, { url, lesson, enrolment, token, onReply, onStop });
    this.queue = Promise.resolve();
    this.live = false;
    this.stopped = false;
    this.unheard = false; // whether the last word to the server got no answer
  }

  /** Open the lesson here; whoever had it open elsewhere stops earning. */
  async open() {
    const answer = await this.post(this.url, { lesson: this.lesson, enrolment: this.enrolment });
    this.unheard = !answer;
    if (!answer) return null;
    if (answer.error) {
      this.stop(answer.error.code.toLowerCase(), answer.error.message);
      return null;
    }
    this.session = answer.session;
    this.seq = answer.seq;
    this.nonce = answer.nonce;
    this.interval = answer.interval_s;
    this.acked = null;
    this.live = true;
    this.stopped = false;
    return answer;
  }

  /** Report a stretch. `run` names an unbroken stretch: within one, what was not acknowledged yet is claimed again. */
  beat(claim) {
    this.queue = this.queue.then(() => this.send(claim)).catch(() => {});
    return this.queue;
  }

  async send(claim) {
    if (!this.live) return;
    const body = this.body(claim);
    const answer = await this.post(`${this.url}/${this.session}/beats`, body, claim.leaving);
    if (!answer) {
      this.unheard = true;
      this.interval = AGAIN_S;
      this.onReply({ reason: "offline" }, claim);
    } else if (answer.error) {
      await this.refused(answer.error);
    } else {
      await this.accepted(answer, claim, body.from);
    }
  }

  body(claim) {
    const follows = this.acked && this.acked.run === claim.run && this.acked.to < claim.to;
    return {
      seq: this.seq + 1,
      nonce: this.nonce,
      playing: claim.playing,
      visible: claim.visible,
      from: Math.round(follows ? this.acked.to : claim.from),
      to: Math.round(claim.to),
    };
  }

  async accepted(answer, claim, from) {
    this.seq = answer.seq;
    this.nonce = answer.nonce;
    this.interval = answer.interval_s;
    this.acked = { run: claim.run, to: this.unheard ? this.reached(answer, claim, from) : claim.to };
    this.unheard = false;
    if (FINAL.has(answer.reason)) this.stop(answer.reason);
    else if (answer.reason === "session_closed") await this.reopen();
    else this.onReply(answer, claim);
  }

  /** How far the server got when the answer before was lost: perhaps it had heard that beat, and then did not look at this one. */
  reached(answer, claim, from) {
    const end = answer.painted?.at(-1)?.[1] ?? from;
    return Math.min(claim.to, Math.max(from, end));
  }

  async refused(error) {
    if (REOPEN.has(error.code)) await this.reopen();
    else this.stop(error.code.toLowerCase(), error.message);
  }

  async reopen() {
    this.live = false;
    const opened = await this.open();
    if (opened) this.onReply(opened);
    else if (this.unheard) this.reopenLater();
  }

  reopenLater() {
    this.onReply({ reason: "offline" });
    setTimeout(() => {
      this.queue = this.queue.then(() => (this.live || this.stopped ? null : this.reopen())).catch(() => {});
    }, RETRY_MS);
  }

  /** Answer a presence question, after the beats sent before it. The server's verdict; null when the network gave none. */
  answer(url, check, choice) {
    const verdict = this.queue.then(() => this.post(`${url}/${check}/answer`, { choice }));
    this.queue = verdict;
    return verdict;
  }

  stop(reason, message) {
    this.live = false;
    this.stopped = true;
    this.onStop(reason, message);
  }

  /** The answer's JSON; null when the network gave none, so that the next beat can settle what is open. */
  async post(url, body, keepalive = false) {
    try {
      const response = await fetch(url, {
        method: "POST",
        keepalive,
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token },
        body: JSON.stringify(body),
        signal: keepalive ? undefined : AbortSignal.timeout(PATIENCE_MS),
      });
      const answer = await response.json();
      return response.status >= 500 ? null : answer;
    } catch {
      return null;
    }
  }
}
