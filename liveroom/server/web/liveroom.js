// The JavaScript client of liveroom. Promise: join a room, hear its events once and in order, send commands that take
// effect once; cuts, restarts of the server and expiring tokens are its business, not yours. See docs/clients.md.

import { Emitter } from "./client/emitter.js";
import { environment, newKey, socketUrl } from "./client/environment.js";
import { closed } from "./client/errors.js";
import { watchNetwork } from "./client/network.js";
import { Room } from "./client/room.js";
import { Session } from "./client/session.js";

export { LiveRoomError } from "./client/errors.js";
export { fold } from "./client/fold.js";

const CLIENT = { name: "liveroom-js", version: "0.1.0" };

export class LiveRoom extends Emitter {
  status = "connecting"; // connecting | connected | reconnecting | closed
  user = null;
  session = null; // the server's name for this connection
  #session;
  #unwatch;

  constructor({ url = "/ws", ...options } = {}) {
    super();
    this.#session = new Session({ client: CLIENT, ...options }, socketUrl(url), environment(options), {
      onConnected: ({ user, session }) => Object.assign(this, { user, session }),
      onStatus: (status, detail) => this.#become(status, detail),
      onError: (error) => this.emit("error", error),
      onPrivate: (events) => {
        for (const event of events) this.emit(event.kind, event.data, { ...event, room: null, lane: "private", seq: null });
      },
    });
    this.#unwatch = watchNetwork({
      changed: () => this.check(),
      offline: () => this.#session.onOffline(),
      shown: (hidden_ms) => hidden_ms > this.#session.heartbeat_ms && this.check(),
    });
    queueMicrotask(() => this.status !== "closed" && this.#session.line.dial()); // after the caller's own join()s
  }

  get rooms() {
    return this.#session.rooms;
  }

  get limits() {
    return this.#session.limits;
  }

  /** Enters a room, now or as soon as there is a connection; the same name gives the same Room until it is left. */
  join(name) {
    if (this.rooms.has(name)) return this.rooms.get(name);
    const room = new Room(name, this);
    this.rooms.set(name, room);
    this.#session.enter(room);
    return room;
  }

  /** Leaves a room; its Room says `left`. */
  async leave(name) {
    const room = this.rooms.get(name);
    if (!room) return;
    this.rooms.delete(name);
    room.end(null);
    if (this.#session.line.link) await this.#session.ask("room.leave", name).catch(() => {}); // a cut leaves it as well
  }

  /** Sends a command; resolves with the ack's data (plus `seq`, `duplicate` if told), rejects with LiveRoomError. */
  async send(type, data = {}, { room, key = newKey() } = {}) {
    if (this.status === "closed") throw closed("closed", "this client is closed; make a new one");
    const { commands, line, limits } = this.#session;
    const answer = commands.add({ type, room, data, key }, limits.message_bytes);
    if (line.link) commands.flush(line.link);
    const { data: facts = {}, seq, duplicate } = await answer;
    return { ...facts, ...(seq !== undefined && { seq }), ...(duplicate && { duplicate }) };
  }

  /** Round trip to the server in milliseconds; NaN while there is no connection. */
  ping() {
    return this.#session.clock.ping(this.#session.line.link);
  }

  /**
   * Asks the server for a sign of life now, and makes a new connection when none comes; between two attempts, makes the
   * next one now. Browsers' own events do it; call it where only you know that the network changed.
   */
  check() {
    this.#session.check();
  }

  /** Now in epoch ms by the server's clock; this machine's until the first connection. */
  serverNow() {
    return this.#session.clock.now();
  }

  /** Ends the connection for good; waiting commands reject with `closed`. */
  close() {
    this.#session.line.end();
    this.#session.onStopped(closed("closed", "the client was closed"));
  }

  #become(status, detail) {
    if (this.status === "closed" || (this.status === status && status !== "reconnecting")) return;
    this.status = status;
    if (status === "closed") this.#unwatch();
    this.emit("status", status, detail);
  }
}
