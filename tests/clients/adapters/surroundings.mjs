// A JavaScript client with sockets and timers that only the test moves.

import { LiveRoom } from "/web/liveroom.js";

const JOINED = { recovered: false, epoch: "e1", seq: 10, snapshot: {}, totals: {}, me: {} };

class FakeSocket {
  readyState = 0;
  sent = [];

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  say(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }
}

class FakeTime {
  ms = 0;
  #timers = [];

  set = (fn, wait_ms) => {
    const timer = { fn, at: this.ms + wait_ms };
    this.#timers.push(timer);
    return timer;
  };

  clear = (timer) => {
    if (timer) timer.at = Infinity;
  };

  advance(ms) {
    const end = this.ms + ms;
    for (let timer; (timer = this.#next(end)); ) {
      this.ms = Math.max(this.ms, timer.at); // later than due after `ms` was moved by hand: the page stood still
      timer.at = Infinity;
      timer.fn();
    }
    this.ms = end;
  }

  #next(end) {
    const [first] = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
    return first;
  }
}

/** Lets what is ready run. */
export const turn = () => new Promise((resolve) => setTimeout(resolve));

/** A client that has joined `demo`, its time, its socket, and `welcome` to answer its connect. */
export function surround() {
  const time = new FakeTime();
  const wire = { socket: null };
  const WebSocket = class extends FakeSocket {
    constructor() {
      super();
      wire.socket = this;
    }
  };
  const timers = { setTimeout: time.set, clearTimeout: time.clear, now: () => time.ms };
  const live = new LiveRoom({ url: "/ws", token: "t", random: () => 1, WebSocket, ...timers });
  const room = live.join("demo");

  const welcome = async (more) => {
    await turn();
    wire.socket.readyState = 1;
    wire.socket.onopen();
    wire.socket.say({ type: "connected", server_time: 5_000, heartbeat_ms: 25_000, rooms: { demo: JOINED }, ...more });
  };
  return { live, room, time, wire, welcome };
}
