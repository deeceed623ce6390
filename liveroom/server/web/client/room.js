// One room as this client sees it. Promise: every sequenced event is handed on once and in order; `state` is always
// the snapshot with those events applied; a hole is noticed before anything after it is shown.

import { Emitter } from "./emitter.js";
import { emptyState, fold, fromSnapshot } from "./fold.js";

export class Room extends Emitter {
  name;
  status = "joining"; // joining | joined | left
  state = emptyState();
  error = null; // why the room was left or refused
  joining = false; // a room.join is under way on the present connection
  #epoch = null;
  #seq = null;
  #live;

  constructor(name, live) {
    super();
    this.name = name;
    this.#live = live;
  }

  /** The position in the room's events: the last one applied; null before the first join. */
  get seq() {
    return this.#seq;
  }

  /** What `connect` and `room.join` carry so that nothing is lost. */
  get position() {
    return this.#seq === null ? {} : { epoch: this.#epoch, seq: this.#seq };
  }

  /** Sends a command to this room; resolves with the ack's data, rejects with LiveRoomError. */
  send(type, data = {}, { key } = {}) {
    return this.#live.send(type, data, { room: this.name, key });
  }

  leave() {
    return this.#live.leave(this.name);
  }

  /** Takes the answer to a join. False when it does not fit our position and a fresh snapshot is needed. */
  enter(joined) {
    this.joining = false;
    this.status = "joined";
    this.error = null;
    const fits = joined.recovered ? this.#recover(joined) : this.#adopt(joined);
    if (!fits) return false;
    this.state = { ...this.state, totals: joined.totals ?? {}, me: joined.me ?? {} };
    this.emit("joined", joined);
    this.emit("state", this.state);
    return true;
  }

  #recover({ epoch, seq, events = [] }) {
    if (this.#seq === null || epoch !== this.#epoch) return this.forget();
    return this.receive({ seq, events }) || this.forget();
  }

  #adopt(joined) {
    const stale = joined.epoch === this.#epoch && this.#seq !== null && joined.seq < this.#seq;
    if (stale) return true; // a second connection that is behind the first: ours is newer
    this.#epoch = joined.epoch;
    this.#seq = joined.seq;
    this.state = fromSnapshot(joined.snapshot ?? {}, joined.totals, joined.me);
    this.emit("snapshot", this.state);
    // Of before a restart of the server: in the snapshot already, but perhaps never heard.
    for (const event of joined.events ?? []) this.#tell(event, "sequenced", null);
    return true;
  }

  /** Applies sequenced events that are new. False when some before them are missing. */
  receive({ seq, events }) {
    if (this.#seq === null) return true; // the snapshot under way contains them
    const first = seq - events.length + 1;
    if (first > this.#seq + 1) return false;
    const fresh = events.slice(this.#seq + 1 - first);
    for (const event of fresh) {
      this.#seq += 1;
      this.state = fold(this.state, { ...event, seq: this.#seq });
      this.#tell(event, "sequenced", this.#seq);
    }
    if (fresh.length) this.emit("state", this.state);
    return true;
  }

  receiveLatest(values) {
    this.state = { ...this.state, totals: { ...this.state.totals, ...values } };
    for (const [kind, data] of Object.entries(values)) this.#tell({ kind, data, ts: null }, "latest", null);
    this.emit("state", this.state);
  }

  receivePrivate(events) {
    for (const event of events) this.#tell(event, "private", null);
  }

  #tell({ kind, ts, data }, lane, seq) {
    const event = { kind, ts, data, room: this.name, lane, seq };
    this.emit(kind, data, event);
    this.emit("*", data, event);
  }

  /** Drops the position, so that the next join brings a snapshot. */
  forget() {
    this.#seq = this.#epoch = null;
    return false;
  }

  /** The server or the user ended our stay. */
  end(error) {
    this.status = "left";
    this.error = error;
    this.joining = false;
    this.forget();
    this.emit("left", error);
    this.emit("state", this.state);
  }
}
