/**
 * What the polls, draws and topics of the viewer's page have in common: a card in front for each that the room shows.
 * Promise: one tap takes effect once, also when the answer was lost: the same key is used again.
 */

import { countdown } from "../shared/offers.js";
import { sayError } from "../shared/errors.js";

const TICK_MS = 250;

/** A part says how: `make(id)` a card, `fill(card, one)`, `label(one)`, `says(status)` when it is not open any more. */
export class FrontCards {
  /**
   * @param {import("./front.js").Front} front
   * @param {{room: object, now: () => number, me: () => {guest: boolean} | null}} use
   * @param {{one: string, many: string, sign: string, kinds: string[]}} names `one`: begins keys in front; `many`: its part of the
   *   state; `sign`: icon of the chip; `kinds`: events that change something
   */
  constructor(front, use, { one, many, sign, kinds }) {
    Object.assign(this, { front, use, room: use.room, one, many, sign, kinds });
    this.cards = new Map();
    this.said = new Map();
    this.keys = new Map();
    this.busy = new Set();
  }

  /** To be called when the part is complete. */
  begin() {
    for (const kind of ["snapshot", ...this.kinds]) this.room.on(kind, () => this.render());
    this.room.on("joined", () => this.enter());
    document.addEventListener("languagechanged", () => this.render());
    setInterval(() => this.tick(), TICK_MS);
    if (this.room.status === "joined") this.enter();
  }

  enter() {
    this.render();
  }

  get all() {
    return this.room.state[this.many] ?? {};
  }

  /** Whether this person can take part: guests look on. */
  get may() {
    return !(this.use.me()?.guest ?? true);
  }

  key(id) {
    return `${this.one} ${id}`;
  }

  render() {
    const { all } = this;
    for (const id of this.cards.keys()) {
      if (id in all) continue;
      this.cards.delete(id);
      this.front.remove(this.key(id));
    }
    for (const one of Object.values(all)) {
      const card = this.cards.get(one.id) ?? this.make(one.id);
      this.cards.set(one.id, card);
      this.fill(card, one);
      this.front.put(this.key(one.id), card.node, { sign: this.sign, label: this.label(one) });
    }
    this.tick();
  }

  tick() {
    const { all } = this;
    for (const [id, card] of this.cards) {
      const { status, ends_at: endsAt } = all[id];
      const text = status === "open" ? countdown(Math.max(0, endsAt - this.use.now())) : this.says(status);
      card.tick(text);
      this.front.foot(this.key(id), this.foot(text));
    }
  }

  /** What stands under the chip. */
  foot(text) {
    return text;
  }

  /** Send what was tapped. @returns {Promise<object | null>} the ack; null: refused, which the card says */
  async send(id, type, data) {
    const what = JSON.stringify(data);
    const unanswered = this.keys.get(id);
    this.busy.add(id);
    this.said.delete(id);
    this.render();
    let ack = null;
    try {
      ack = await this.room.send(type, data, { key: unanswered?.what === what ? unanswered.key : undefined });
      this.keys.delete(id);
    } catch (error) {
      if (error.retryable) this.keys.set(id, { what, key: error.key });
      this.said.set(id, sayError(error));
    }
    this.busy.delete(id);
    if (!ack) this.render();
    return ack;
  }
}
