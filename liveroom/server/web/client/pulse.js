// Whether the server still lives. Promise: silence beyond the limit is told once; a server that owes an answer, or
// whose line may have changed, is asked within seconds and is silent when nothing at all comes; while frames come,
// it is not asked.

const PATIENCE_MS = 3_000; // silence of a server that owes an answer, before it is asked
const QUESTION_MS = 4_000; // for anything to be heard after the question
const LATE_MS = 2_000; // of a timer: the page itself stood still, and what came meanwhile may be unread

export class Pulse {
  #env;
  #server; // ask(): send a ping; owedSince(): when the oldest unanswered command went out, or null; silent(alone)
  #limit_ms;
  #heard_at;
  #asked_at = null; // null again once anything was heard
  #alone = false; // the question came from a change of this machine's own network
  #timer;
  #patience = null;

  constructor(env, limit_ms, server) {
    this.#env = env;
    this.#server = server;
    this.#heard_at = env.now();
    this.limit(limit_ms);
  }

  /** From now on silence of `limit_ms` is the end. */
  limit(limit_ms) {
    this.#limit_ms = limit_ms;
    this.#watch();
  }

  /** A frame came. */
  heard() {
    this.#heard_at = this.#env.now();
    this.#asked_at = null;
  }

  /** An answer is due from now on. */
  expect() {
    if (this.#patience === null) this.#wait(PATIENCE_MS);
  }

  /** Asks for a sign of life, one question at a time. */
  ask(alone = false) {
    this.#alone = alone || (this.#asked_at !== null && this.#alone);
    if (this.#asked_at === null) this.#question();
  }

  end() {
    this.#env.clearTimeout(this.#timer);
    this.#env.clearTimeout(this.#patience);
  }

  #question() {
    this.#asked_at = this.#env.now();
    this.#server.ask();
    this.#watch();
  }

  #wait(ms) {
    this.#patience = this.#env.setTimeout(() => {
      this.#patience = null;
      const owed_since = this.#server.owedSince();
      if (owed_since === null) return;
      const left = Math.max(owed_since, this.#heard_at) + PATIENCE_MS - this.#env.now();
      if (left <= 0) this.ask();
      this.#wait(left > 0 ? left : PATIENCE_MS);
    }, ms);
  }

  #due() {
    const limit_at = this.#heard_at + this.#limit_ms;
    return this.#asked_at === null ? limit_at : Math.min(limit_at, this.#asked_at + QUESTION_MS);
  }

  #watch() {
    this.#env.clearTimeout(this.#timer);
    const due = this.#due();
    this.#timer = this.#env.setTimeout(() => this.#look(due), Math.max(due - this.#env.now(), 0));
  }

  #look(planned) {
    const now = this.#env.now();
    if (now < this.#due()) return this.#watch();
    const stood_still = now - planned > LATE_MS && now < this.#heard_at + this.#limit_ms;
    if (stood_still) return this.#question();
    return this.#server.silent(this.#asked_at !== null && this.#alone);
  }
}
