// What goes wrong, as one typed error. Promise: `code` is stable, `message` says what to do, `retryable` is true
// only when the same call may succeed later.

export class LiveRoomError extends Error {
  constructor({ code, message, retryable = false, retry_after_ms, field, room, key, ...facts }) {
    super(message || code);
    this.name = "LiveRoomError";
    this.code = code;
    this.retryable = retryable;
    this.retry_after_ms = retry_after_ms;
    this.field = field;
    this.room = room;
    this.key = key;
    this.facts = facts; // what else the server tells: `reason`, `state`, …
  }
}

export function noAnswer({ type, room, key }, timeout_ms) {
  return new LiveRoomError({
    code: "no_answer", retryable: true, room, key,
    message: `no answer to ${type} within ${timeout_ms / 1000} s; it may have taken effect: send it again with the same key`,
  });
}

export function tooManyPending(limit) {
  return new LiveRoomError({
    code: "too_many_pending", retryable: true,
    message: `${limit} commands wait for an answer; wait for some of them before sending more`,
  });
}

export function tooBig(bytes, limit) {
  return new LiveRoomError({
    code: "message_too_big", message: `the command has ${bytes} bytes; the server takes at most ${limit}`,
  });
}

export function cut() {
  return new LiveRoomError({ code: "cut", retryable: true, message: "the connection was cut before the answer" });
}

export function closed(code, message) {
  return new LiveRoomError({ code, message });
}
