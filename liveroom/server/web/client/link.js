// One WebSocket. Promise: the owner hears `open`, frames and exactly one `down`; a connection that opens too slowly
// or falls silent is down without waiting for the network to say so.

export const PROTOCOL = "live.v1.json";
const OPEN_TIMEOUT_MS = 10_000;
const GRACE_MS = 10_000; // silence beyond the heartbeat: docs/protocol.md "Heartbeat and backoff"

export class Link {
  asked = []; // rooms named in the connect frame
  ready_at = null; // when `connected` came, on the monotonic clock
  refusal = null; // the error that answered `connect`, if one did
  #env;
  #owner;
  #socket;
  #last_id = 0;
  #heard_at;
  #timer;
  #farewell = null;
  #is_down = false;

  constructor(url, env, owner) {
    this.#env = env;
    this.#owner = owner;
    this.#heard_at = env.now();
    this.#socket = new env.WebSocket(url, [PROTOCOL]);
    this.#socket.onopen = () => owner.onOpen(this);
    this.#socket.onmessage = ({ data }) => this.#read(data);
    this.#socket.onclose = ({ code, reason }) => this.#down(code, reason);
    this.#watch(OPEN_TIMEOUT_MS);
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
    this.#watch(heartbeat_ms + GRACE_MS);
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
    this.#heard_at = this.#env.now();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return; // not ours to judge: a hole in the positions will show what was lost
    }
    if (frame !== null && typeof frame === "object") this.#owner.onFrame(this, frame);
  }

  #watch(limit_ms) {
    this.#env.clearTimeout(this.#timer);
    const left = this.#heard_at + limit_ms - this.#env.now();
    this.#timer = this.#env.setTimeout(() => {
      if (this.#env.now() - this.#heard_at < limit_ms) this.#watch(limit_ms);
      else this.#silent();
    }, Math.max(left, 0));
  }

  #silent() {
    const socket = this.#socket;
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
    this.#env.clearTimeout(this.#timer);
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
  }
}
