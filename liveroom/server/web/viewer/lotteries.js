/**
 * The draws of the room on the viewer's page. Promise: one viewer enters once, also when the answer was lost; who
 * enters by a comment says it like any other.
 */

import { countdown, ruleWords } from "../shared/offers.js";
import { must } from "../shared/dom.js";
import { sayError } from "../shared/errors.js";
import { LotteryCard } from "./lottery_card.js";
import { Proof } from "./proof.js";
import { t } from "../i18n.js";

const TICK_MS = 250;

export class Lotteries {
  /** @param {import("./front.js").Front} front @param {HTMLElement} phone
   * @param {{room: object, now: () => number, me: () => {guest: boolean} | null, tell: (text: string) => void, say: (text: string) => void}} use */
  constructor(front, phone, use) {
    this.front = front;
    this.use = use;
    this.room = use.room;
    this.proof = new Proof(must(".proof-sheet", phone));
    this.cards = new Map();
    this.entries = new Map();
    this.said = new Map();
    this.keys = new Map();
    this.busy = new Set();
    this.hear();
    setInterval(() => this.tick(), TICK_MS);
    if (this.room.status === "joined") this.enter();
  }

  hear() {
    const { room } = this;
    for (const kind of ["snapshot", "lottery_entries"]) room.on(kind, () => this.render());
    room.on("joined", () => this.enter());
    room.on("lottery.changed", ({ lottery }) => {
      if (lottery.status === "cancelled" && this.cards.has(lottery.id)) this.use.tell(t("lottery.cancelled_told", { title: lottery.title }));
      this.render();
      if (lottery.status === "drawn" && this.entries.has(lottery.id)) this.front.open(`lottery ${lottery.id}`, false);
    });
    room.on("lottery.entered", ({ lottery, ...ack }) => this.settle(lottery, ack));
    room.on("lottery.won", ({ prize }) => this.use.tell(t("lottery.won", { prize })));
    document.addEventListener("languagechanged", () => this.render());
  }

  enter() {
    for (const [id, entry] of Object.entries(this.room.state.me.entries ?? {})) this.entries.set(id, entry);
    this.render();
  }

  render() {
    const { lotteries = {}, totals } = this.room.state;
    for (const id of this.cards.keys()) if (!(id in lotteries)) this.forget(id);
    for (const lottery of Object.values(lotteries)) this.show(lottery, totals.lottery_entries?.lotteries?.[lottery.id]?.entries);
    this.tick();
  }

  show(lottery, entries) {
    const { id } = lottery;
    const card = this.cards.get(id) ?? this.make(id);
    const mine = { entry: this.entries.get(id), said: this.said.get(id), busy: this.busy.has(id), mayEnter: !(this.use.me()?.guest ?? true) };
    card.show(lottery, entries, mine);
    this.front.put(`lottery ${id}`, card.node, { sign: "draw", label: `${t("lottery.kind")}: ${lottery.title}` });
  }

  make(id) {
    const card = new LotteryCard({
      onEnter: () => this.take(id),
      onProof: () => this.proof.open(this.room.state.lotteries[id], this.entries.get(id), card.node.querySelector("footer .link")),
      onClose: () => this.front.putAway(`lottery ${id}`),
    });
    this.cards.set(id, card);
    return card;
  }

  forget(id) {
    this.cards.delete(id);
    this.front.remove(`lottery ${id}`);
  }

  tick() {
    const now = this.use.now();
    for (const [id, card] of this.cards) {
      const { status, ends_at: endsAt } = this.room.state.lotteries[id];
      const text = status === "open" ? countdown(Math.max(0, endsAt - now)) : t(`lottery.${status}`);
      card.tick(text);
      this.front.foot(`lottery ${id}`, text);
    }
  }

  async take(id) {
    const { way } = this.room.state.lotteries[id];
    this.said.delete(id);
    if (way.how === "comment") return this.use.say(way.keyword);
    this.busy.add(id);
    this.render();
    try {
      const ack = await this.room.send("lottery.enter", { lottery: id }, { key: this.keys.get(id) });
      this.keys.delete(id);
      this.settle(id, ack);
    } catch (error) {
      if (error.retryable) this.keys.set(id, error.key);
      this.said.set(id, sayError(error));
    }
    this.busy.delete(id);
    return this.render();
  }

  settle(id, { outcome, entry, rule }) {
    if (entry) this.entries.set(id, entry);
    const audience = this.room.state.lotteries?.[id]?.audience;
    if (outcome === "not_eligible") this.said.set(id, ruleWords(rule, { audience }));
    else if (!entry) this.said.set(id, t(`lottery.${outcome}`));
    this.render();
  }
}
