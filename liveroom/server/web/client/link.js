// One WebSocket. Promise: the owner hears `open`, frames and exactly one `down`; a connection that opens too slowly
// or falls silent is down without waiting for the network to say so.

import { Pulse } from "./pulse.js";

export const PROTOCOL = "live.v1.json";
const OPEN_TIMEOUT_MS = 10_000;
const GRACE_MS = 10_000; // silence beyond the heartbeat: docs/protocol.md "Heartbeat and backoff"

export class Link {
  asked = []; // rooms named in the connect frame
  ready_at = null; // when `connected` came, on the monotonic clock
  refusal = null; // the error that answered `connect`, if one did
  alone = false; // found dead because this machine's network changed: the next attempt is made soon
  #env;
  #owner;
  #socket;
  #last_id = 0;
  #pulse;
  #farewell = null;
  #is_down = false;

  constructor(url, env, owner) {
    this.#env = env;
    this.#owner = owner;
    this.#socket = new env.WebSocket(url, [PROTOCOL]);
    this.#socket.onopen = () => owner.onOpen(this);
    this.#socket.onmessage = ({ data }) => this.#read(data);
    this.#socket.onclose = ({ code, reason }) => this.#down(code, reason);
    this.#pulse = new Pulse(env, OPEN_TIMEOUT_MS, {
      ask: () => this.send({ type: "ping" }),
      owedSince: () => owner.owedSince(this),
      silent: (alone) => this.#silent(alone),
    });
  }

  nextId() {
    return ++this.#last_id;
  }

  send(frame) {
    if (this.#socket.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  /** `connected` came: from now on silence longer than the heartbeat and ten seconds is a cut. */
  ready(heartbeat_ms) {
    this.ready_at = this.#env.now();
    this.#pulse.limit(heartbeat_ms + GRACE_MS);
  }

  /** A command went out: with an answer due, silence is noticed within seconds. */
  expect() {
    this.#pulse.expect();
  }

  /** Asks the server for a sign of life now. */
  check() {
    if (this.ready_at !== null) this.#pulse.ask(true);
  }

  /** Remembers the server's last word, since browsers often hide the close code. */
  farewell(frame) {
    this.#farewell = frame;
  }

  /** Closes without telling the owner. */
  drop() {
    this.#release();
    this.#socket.close(1000);
  }

  #read(text) {
    if (this.#is_down) return;
    this.#pulse.heard();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return; // not ours to judge: a hole in the positions will show what was lost
    }
    if (frame !== null && typeof frame === "object") this.#owner.onFrame(this, frame);
  }

  #silent(alone) {
    const socket = this.#socket;
    this.alone = alone;
    this.#down(1006, "the server was silent");
    socket.close();
  }

  #down(code, reason) {
    if (this.#is_down) return;
    this.#release();
    const last = this.#farewell ?? {};
    this.#owner.onDown(this, { reconnect: undefined, ...last, code: last.code ?? code, reason: last.reason ?? reason });
  }

  #release() {
    this.#is_down = true;
    this.#pulse.end();
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
  }
}
