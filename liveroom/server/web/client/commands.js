// Commands that wait for an answer. Promise: each ends with its answer, a typed error or `no_answer` after 10 s; one
// that was under way when the connection was cut is sent again, in order and with the same key; at most 256 wait.

import { LiveRoomError, cut, noAnswer, tooBig, tooManyPending } from "./errors.js";

export const PENDING_MAX = 256;
export const ANSWER_TIMEOUT_MS = 10_000;
const utf8 = new TextEncoder();

export class Commands {
  #env;
  #pending = new Set();

  constructor(env) {
    this.#env = env;
  }

  /**
   * Adds a command; `once` ones belong to their connection and are not sent again. Resolves with the ack frame;
   * `heard` is told its data before the next frame is read, while the promise is seen some time after.
   */
  add({ type, room, data, key, once = false, heard }, limit_bytes) {
    if (this.#pending.size >= PENDING_MAX) return Promise.reject(tooManyPending(PENDING_MAX));
    const body = { type, room, data, key };
    const bytes = utf8.encode(JSON.stringify(body)).length + 24; // room for the id
    if (limit_bytes && bytes > limit_bytes) return Promise.reject(tooBig(bytes, limit_bytes));
    return new Promise((resolve, reject) => {
      const command = { body, once, heard, resolve, reject, link: null, id: 0, sent_at: 0 };
      command.timer = this.#env.setTimeout(() => this.#end(command).reject(noAnswer(body, ANSWER_TIMEOUT_MS)), ANSWER_TIMEOUT_MS);
      this.#pending.add(command);
    });
  }

  /** Sends everything that is not under way. */
  flush(link) {
    let is_news = false;
    for (const command of this.#pending) {
      if (command.link) continue;
      is_news = true;
      command.link = link;
      command.sent_at = this.#env.now();
      command.id = link.nextId();
      link.send({ id: command.id, ...command.body });
    }
    if (is_news) link.expect();
  }

  /** Settles the command that an `ack` or `error` frame answers; false when none waits for it. */
  answer(link, frame) {
    const command = this.#under(link).find(({ id }) => id === frame.id);
    if (!command) return false;
    this.#end(command);
    if (frame.type === "ack") {
      command.resolve(frame);
      command.heard?.(frame.data ?? {});
    } else command.reject(new LiveRoomError({ ...frame.error, key: command.body.key }));
    return true;
  }

  /** How many commands wait for an answer on this connection. */
  waitingOn(link) {
    return this.#under(link).length;
  }

  /** When the oldest of them went out, on the monotonic clock; null when none waits. */
  waitingSince(link) {
    return this.#under(link)[0]?.sent_at ?? null;
  }

  /** The connection is gone: its commands wait for the next one. */
  release(link) {
    for (const command of this.#under(link)) {
      command.link = null;
      if (command.once) this.#end(command).reject(cut());
    }
  }

  /** Ends every waiting command with this error. */
  fail(error) {
    for (const command of [...this.#pending]) this.#end(command).reject(error);
  }

  #under(link) {
    return [...this.#pending].filter((command) => command.link === link);
  }

  #end(command) {
    this.#env.clearTimeout(command.timer);
    this.#pending.delete(command);
    return command;
  }
}
