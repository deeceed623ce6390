// The line to the server: which connection is in use, and when the next one is opened. Promise: at most one connection
// in use, one being opened and one being retired; a wanted move opens the new one first; every cut ends in another
// attempt or in `onStopped`.

import { Backoff, TOKEN_EXPIRED, mayReconnect } from "./backoff.js";
import { Link } from "./link.js";
import { closed } from "./errors.js";

const RETIRE_MS = 2_000; // how long the old connection may still answer commands after a move

export class Line {
  link = null; // the connection in use
  #next = null; // the connection being opened
  #old = null; // the connection being retired
  #turn = 0; // a newer attempt makes the older ones void
  #dialing = false;
  #timer;
  #due = 0; // on the monotonic clock: when the next attempt is made
  #not_before = 0; // on the monotonic clock: `retry_after_ms` of the last refusal
  #retire_timer;
  #ended = false;
  #backoff;

  constructor(url, tokens, env, owner) {
    this.url = url;
    this.tokens = tokens;
    this.env = env;
    this.owner = owner;
    this.#backoff = new Backoff(env.random);
  }

  /** Opens a connection: gets the token first, so that `connect` follows the upgrade at once. */
  async dial(url = this.url) {
    this.env.clearTimeout(this.#timer);
    this.#next?.drop();
    this.#next = null;
    const turn = ++this.#turn;
    const void_by_now = () => turn !== this.#turn || this.#ended;
    this.#dialing = true;
    try {
      const token = await this.tokens.current();
      if (!void_by_now()) this.#open(url, token);
    } catch (fault) {
      if (!void_by_now()) this.#later(0, { reason: `no token: ${fault?.message ?? fault}` });
    } finally {
      if (turn === this.#turn) this.#dialing = false;
    }
  }

  #open(url, token) {
    try {
      this.#next = new Link(url, this.env, this);
      this.#next.token = token;
    } catch (fault) {
      this.#stop(closed("bad_url", `no WebSocket can be opened at ${url}: ${fault.message}`));
    }
  }

  /**
   * This machine's network came back or changed: see whether the connection still lives. Without one, make the next
   * attempt soon; not before what the server asked.
   */
  check() {
    if (this.link) return this.link.check();
    const waits = !this.#next && !this.#dialing && !this.#ended;
    const now = this.env.now();
    if (waits && now >= this.#not_before) this.#wait(Math.min(this.#due - now, this.#backoff.soon()));
    return undefined;
  }

  /** The server is about to stop: open the new connection after `after_ms`, then drop this one. */
  move({ after_ms = 0, url }) {
    this.env.clearTimeout(this.#timer);
    this.#timer = this.env.setTimeout(() => this.dial(url ? this.#resolve(url) : this.url), after_ms);
  }

  /** `connected` came on this connection: it is the one in use, the former one is retired. */
  promote(link, heartbeat_ms) {
    this.#finish();
    this.#old = this.link;
    this.link = link;
    this.#next = null;
    link.ready(heartbeat_ms);
  }

  /** Drops the former connection once it owes no answer, at the latest after two seconds. */
  retire(answers_owed) {
    if (!this.#old) return;
    this.env.clearTimeout(this.#retire_timer);
    if (answers_owed(this.#old) > 0) this.#retire_timer = this.env.setTimeout(() => this.#finish(), RETIRE_MS);
    else this.#finish();
  }

  #finish() {
    const old = this.#old;
    this.#old = null;
    old?.drop();
    if (old) this.owner.onReleased(old);
  }

  end() {
    this.#ended = true;
    this.env.clearTimeout(this.#timer);
    this.env.clearTimeout(this.#retire_timer);
    for (const link of [this.link, this.#next, this.#old]) link?.drop();
    this.link = this.#next = this.#old = null;
  }

  onOpen(link) {
    this.owner.onOpen(link);
  }

  onFrame(link, frame) {
    this.owner.onFrame(link, frame);
  }

  owedSince(link) {
    return this.owner.owedSince(link);
  }

  onDown(link, facts) {
    if (link === this.#old) this.#old = null;
    const was_next = link === this.#next;
    const in_use = link === this.link;
    if (was_next) this.#next = null;
    if (in_use) this.link = null;
    this.owner.onReleased(link);
    if (link.ready_at !== null) this.#backoff.lasted(this.env.now() - link.ready_at);
    if (!in_use && !was_next) return;
    const may = typeof facts.reconnect === "boolean" ? facts.reconnect : mayReconnect(facts.code);
    const expired = facts.code === TOKEN_EXPIRED;
    if (in_use && (this.#next || this.#dialing)) this.owner.onCut(facts);
    else if (!may || (expired && !this.tokens.expire())) this.#refused(link, facts);
    else this.#later(facts.retry_after_ms ?? link.refusal?.retry_after_ms ?? 0, facts, link.alone);
  }

  #refused(link, { code, reason }) {
    if (this.link) return; // a move that failed: stay where we are until this connection ends too
    const why = link.refusal;
    this.#stop(closed(why?.code ?? `closed_${code}`, why?.message || reason || `the server closed with ${code}`));
  }

  #later(least_ms, facts, alone = false) {
    const in_ms = alone ? this.#backoff.soon(least_ms) : this.#backoff.next(least_ms);
    this.#not_before = this.env.now() + least_ms;
    this.#wait(in_ms);
    if (!this.link) this.owner.onCut({ ...facts, in_ms });
  }

  #wait(in_ms) {
    this.env.clearTimeout(this.#timer);
    this.#due = this.env.now() + in_ms;
    this.#timer = this.env.setTimeout(() => this.dial(), Math.max(0, in_ms));
  }

  #stop(error) {
    this.end();
    this.owner.onStopped(error);
  }

  #resolve(url) {
    const to = new URL(url, this.url);
    const weaker = new URL(this.url).protocol === "wss:" && to.protocol !== "wss:";
    return weaker ? this.url : to.href; // a token never moves to a connection that others can read
  }
}
