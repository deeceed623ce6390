// What each frame of the server does. Promise: a frame, kind or field from a newer server changes nothing; a frame that
// breaks its shape costs itself, not the connection; only the connection in use may change a room.

import { ServerClock } from "./clock.js";
import { Commands } from "./commands.js";
import { report } from "./emitter.js";
import { LiveRoomError } from "./errors.js";
import { Line } from "./line.js";
import { Tokens } from "./tokens.js";

const REJOIN_LEAST_MS = 1_000;
const UNREAD_MS = 1_000; // for frames that had come when the browser went offline
const FROM_ANY_CONNECTION = new Set(["connected", "ack", "error", "ping", "disconnect"]);

export class Session {
  rooms = new Map();
  limits = {};
  heartbeat_ms = 0;
  #options;
  #env;
  #owner;
  #refreshing = false;
  #offline_at = null; // while the browser says so and nothing proves it wrong

  constructor(options, url, env, owner) {
    this.#options = options;
    this.#env = env;
    this.#owner = owner;
    this.tokens = new Tokens(options, env);
    this.clock = new ServerClock(env);
    this.commands = new Commands(env);
    this.line = new Line(url, this.tokens, env, this);
  }

  /** Sends room.join with our position; also repairs a hole. One at a time for each room. */
  async enter(room) {
    if (room.joining || !this.line.link) return;
    room.joining = true;
    try {
      // The events after the answer fit only once it is taken, so it is taken before the next frame is read.
      await this.ask("room.join", room.name, room.position, (answer) => this.#entered(room, answer));
    } catch (error) {
      if (error.code !== "cut") this.#entered(room, { error }); // after a cut `connect` enters it
    }
  }

  /** A command of the connection itself: answered on this connection or not at all. */
  async ask(type, room, data = {}, heard = undefined) {
    const answer = this.commands.add({ type, room, data, once: true, heard });
    this.commands.flush(this.line.link);
    return (await answer).data ?? {};
  }

  /** This machine's network came back or changed, or may have. */
  check() {
    if (this.#offline_at !== null) this.#offline_at = -Infinity; // the next frame counts
    this.line.check();
  }

  /** The browser is offline: told, while the connection stays, since it may outlive that. */
  onOffline() {
    if (!this.line.link || this.#offline_at !== null) return;
    this.#offline_at = this.#env.now();
    this.#owner.onStatus("reconnecting", { reason: "the browser is offline" });
  }

  owedSince(link) {
    const since = [this.commands.waitingSince(link), this.clock.waitingSince(link)].filter((at) => at !== null);
    return since.length ? Math.min(...since) : null;
  }

  onOpen(link) {
    const { lang, client } = this.#options;
    const rooms = {};
    for (const room of this.rooms.values()) rooms[room.name] = room.position;
    link.asked = Object.keys(rooms);
    link.send({ id: link.nextId(), type: "connect", token: link.token, client, lang, rooms });
  }

  onFrame(link, frame) {
    if (this.#offline_at !== null && link === this.line.link) this.#heardOffline();
    const hear = Object.hasOwn(Session.#heard, frame.type) ? Session.#heard[frame.type] : undefined;
    if (!hear || (link !== this.line.link && !FROM_ANY_CONNECTION.has(frame.type))) return;
    try {
      hear.call(this, frame, link);
    } catch (fault) {
      report(fault);
    }
  }

  onReleased(link) {
    this.commands.release(link);
    this.clock.release(link);
    if (this.line.link) this.commands.flush(this.line.link);
    else for (const room of this.rooms.values()) room.joining = false;
  }

  onCut(facts) {
    this.#offline_at = null;
    this.#owner.onStatus("reconnecting", facts);
  }

  onStopped(error) {
    this.tokens.cancel();
    this.commands.fail(error);
    this.#owner.onStatus("closed", error);
  }

  static #heard = {
    connected(frame, link) {
      this.line.promote(link, frame.heartbeat_ms);
      this.#offline_at = null;
      this.heartbeat_ms = frame.heartbeat_ms;
      this.limits = frame.limits ?? {};
      this.clock.set(frame.server_time);
      if (frame.guest_token) this.tokens.keepGuest(frame.guest_token);
      this.#planRefresh(frame.token_expires_at);
      this.#owner.onConnected(frame);
      this.#enterRooms(frame.rooms ?? {}, link);
      this.commands.flush(link);
      this.#owner.onStatus("connected");
      this.#retire();
    },
    ack(frame, link) {
      this.commands.answer(link, frame);
      this.#retire();
    },
    error(frame, link) {
      const awaited = this.commands.answer(link, frame);
      this.#retire();
      if (awaited) return;
      if (link.ready_at === null) link.refusal = frame.error;
      this.#owner.onError(new LiveRoomError(frame.error));
    },
    events(frame) {
      const room = this.rooms.get(frame.room);
      if (room && !room.receive(frame)) this.enter(room);
    },
    latest(frame) {
      this.rooms.get(frame.room)?.receiveLatest(frame.values);
    },
    private(frame) {
      if (frame.events.some(({ kind }) => kind === "token.expiring")) this.#refresh();
      if (frame.room) this.rooms.get(frame.room)?.receivePrivate(frame.events);
      else this.#owner.onPrivate(frame.events);
    },
    resync(frame) {
      const room = this.rooms.get(frame.room);
      if (!room) return;
      room.forget();
      this.enter(room);
    },
    left(frame) {
      this.#shown(frame.room, frame);
    },
    ping(frame, link) {
      const seqs = {};
      for (const room of this.rooms.values()) if (room.seq !== null) seqs[room.name] = room.seq;
      link.send({ type: "pong", t: frame.t, seqs });
    },
    pong(frame, link) {
      this.clock.pong(link, frame);
    },
    reconnect(frame) {
      this.line.move(frame);
    },
    disconnect(frame, link) {
      link.farewell(frame);
    },
  };

  #heardOffline() {
    if (this.#env.now() - this.#offline_at < UNREAD_MS) return;
    this.#offline_at = null;
    this.#owner.onStatus("connected");
  }

  #retire() {
    this.line.retire((old) => this.commands.waitingOn(old));
  }

  #enterRooms(answers, link) {
    for (const name of link.asked) if (!this.rooms.has(name)) this.ask("room.leave", name).catch(() => {});
    for (const room of [...this.rooms.values()]) {
      room.joining = false;
      if (Object.hasOwn(answers, room.name)) this.#entered(room, answers[room.name]);
      else this.enter(room);
    }
  }

  #entered(room, answer) {
    room.joining = false;
    if (this.rooms.get(room.name) !== room) return;
    const { error } = answer;
    if (!error) {
      if (!room.enter(answer)) this.enter(room);
    } else if (error.retryable) {
      const wait = (error.retry_after_ms ?? REJOIN_LEAST_MS) + this.#env.random() * REJOIN_LEAST_MS;
      this.#env.setTimeout(() => this.rooms.get(room.name) === room && this.enter(room), wait);
    } else this.#shown(room.name, error);
  }

  /** The server keeps us out of a room; the connection goes on. */
  #shown(name, { code, message }) {
    const room = this.rooms.get(name);
    this.rooms.delete(name);
    room?.end(new LiveRoomError({ code, message, room: name }));
  }

  async #refresh() {
    if (!this.tokens.renewable || this.#refreshing) return;
    this.#refreshing = true;
    try {
      const token = await this.tokens.fresh();
      if (this.line.link) this.#planRefresh((await this.ask("auth.refresh", undefined, { token })).token_expires_at);
    } catch (fault) {
      this.#owner.onError(fault); // the server will close with 4003, and the next connect fetches again
    } finally {
      this.#refreshing = false;
    }
  }

  #planRefresh(expires_at) {
    this.tokens.plan(expires_at - this.clock.now(), () => this.#refresh());
  }
}
