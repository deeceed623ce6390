/**
 * The draws of the room on the viewer's page. Promise: one viewer enters once; who enters by a comment says it like any
 * other.
 */

import { ruleWords } from "../shared/offers.js";
import { must } from "../shared/dom.js";
import { FrontCards } from "./front_cards.js";
import { LotteryCard } from "./lottery_card.js";
import { Proof } from "./proof.js";
import { t } from "../i18n.js";

export class Lotteries extends FrontCards {
  /** @param {import("./front.js").Front} front @param {HTMLElement} phone
   * @param {{room: object, now: () => number, me: () => {guest: boolean} | null, tell: (text: string) => void, say: (text: string) => void}} use */
  constructor(front, phone, use) {
    super(front, use, { one: "lottery", many: "lotteries", sign: "draw", kinds: ["lottery_entries"] });
    this.proof = new Proof(must(".proof-sheet", phone));
    this.entries = new Map();
    this.hear();
    this.begin();
  }

  hear() {
    const { room } = this;
    room.on("lottery.changed", ({ lottery }) => {
      if (lottery.status === "cancelled" && this.cards.has(lottery.id)) this.use.tell(t("lottery.cancelled_told", { title: lottery.title }));
      this.render();
      if (lottery.status === "drawn" && this.entries.has(lottery.id)) this.front.open(this.key(lottery.id), false);
    });
    room.on("lottery.entered", ({ lottery, ...ack }) => this.settle(lottery, ack));
    room.on("lottery.won", ({ prize }) => this.use.tell(t("lottery.won", { prize })));
  }

  enter() {
    for (const [id, entry] of Object.entries(this.room.state.me.entries ?? {})) this.entries.set(id, entry);
    this.render();
  }

  make(id) {
    const card = new LotteryCard({
      onEnter: () => this.take(id),
      onProof: () => this.proof.open(this.all[id], this.entries.get(id), card.node.querySelector("footer .link")),
      onClose: () => this.front.putAway(this.key(id)),
    });
    return card;
  }

  fill(card, lottery) {
    const { id } = lottery;
    const mine = { entry: this.entries.get(id), said: this.said.get(id), busy: this.busy.has(id), mayEnter: this.may };
    card.show(lottery, this.room.state.totals.lottery_entries?.lotteries?.[id]?.entries, mine);
  }

  label({ title }) {
    return `${t("lottery.kind")}: ${title}`;
  }

  says(status) {
    return t(`lottery.${status}`);
  }

  async take(id) {
    const { way } = this.all[id];
    if (way.how === "comment") {
      this.said.delete(id);
      return this.use.say(way.keyword);
    }
    const ack = await this.send(id, "lottery.enter", { lottery: id });
    return ack && this.settle(id, ack);
  }

  settle(id, { outcome, entry, rule }) {
    if (entry) this.entries.set(id, entry);
    if (outcome === "not_eligible") this.said.set(id, ruleWords(rule, { audience: this.all[id]?.audience }));
    else if (!entry) this.said.set(id, t(`lottery.${outcome}`));
    this.render();
  }
}
