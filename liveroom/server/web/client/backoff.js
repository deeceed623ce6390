// When to come back, and when not to. Promise: the ranges of docs/protocol.md "Close codes" and full jitter, so
// that ten thousand clients cut at once do not return at once.

const BASE_MS = 500;
const CEILING_MS = 20_000;
const STABLE_MS = 10_000;
const STOP = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009]);
export const TOKEN_EXPIRED = 4003;

/** True when a client may come back by itself after a close with this code. */
export function mayReconnect(code) {
  return !STOP.has(code) && !(code >= 4400 && code <= 4499);
}

export class Backoff {
  #attempt = 0;
  #random;

  constructor(random) {
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt: a random part of min(20 s, 0.5 s · 2^attempt), after `least_ms`. */
  next(least_ms = 0) {
    const most = Math.min(CEILING_MS, BASE_MS * 2 ** Math.min(this.#attempt++, 16));
    return least_ms + this.#random() * most;
  }

  /**
   * The same of a first attempt, for one that is not counted: the network of this machine came back or changed. With
   * jitter all the same: the network of a venue comes back for everybody in it at once.
   */
  soon(least_ms = 0) {
    return least_ms + this.#random() * BASE_MS;
  }

  /** Told how long a connection was good; ten seconds of it make the next cut a first one. */
  lasted(good_ms) {
    if (good_ms >= STABLE_MS) this.#attempt = 0;
  }
}
