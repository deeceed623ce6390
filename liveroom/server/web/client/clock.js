// The server's clock as seen from here, and the round trip. Promise: `now()` is epoch ms by the server's clock, set by
// `connected` and made better by each ping; a jump of this machine's clock does not move it.

export class ServerClock {
  #env;
  #server_time = null;
  #at = 0;
  #pings = new Map();

  constructor(env) {
    this.#env = env;
  }

  set(server_time) {
    this.#server_time = server_time;
    this.#at = this.#env.now();
  }

  now() {
    return this.#server_time === null ? Date.now() : this.#server_time + (this.#env.now() - this.#at);
  }

  /** Round trip in ms; NaN when the connection ends first. */
  ping(link) {
    if (!link) return Promise.resolve(NaN);
    const id = link.nextId();
    return new Promise((resolve) => {
      this.#pings.set(id, { link, at: this.#env.now(), resolve });
      link.send({ type: "ping", id });
      link.expect();
    });
  }

  pong(link, { id, server_time }) {
    const ping = this.#pings.get(id);
    if (!ping || ping.link !== link) return;
    this.#pings.delete(id);
    const rtt_ms = this.#env.now() - ping.at;
    if (typeof server_time === "number") this.set(server_time + rtt_ms / 2);
    ping.resolve(rtt_ms);
  }

  /** When the oldest ping without an answer went out, on the monotonic clock; null when none waits. */
  waitingSince(link) {
    for (const ping of this.#pings.values()) if (ping.link === link) return ping.at;
    return null;
  }

  release(link) {
    for (const [id, ping] of this.#pings) {
      if (ping.link !== link) continue;
      this.#pings.delete(id);
      ping.resolve(NaN);
    }
  }
}
