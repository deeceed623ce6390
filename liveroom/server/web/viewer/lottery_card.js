/**
 * One draw as a card: what there is to win, how to enter, how long still; then who won, and how anybody can check it.
 * Promise: whether this viewer won is read from the winners and their own receipt, not from a message that may be lost.
 */

import { audienceWords } from "../shared/offers.js";
import { face } from "../shared/person.js";
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { count } from "../shared/numbers.js";
import { prizeWords } from "../shared/prizes.js";
import { t } from "../i18n.js";
import { FrontCard } from "./front_card.js";

const WINNERS_SHOWN = 6;

/** The prize of this receipt, once the winners are told; null: none. */
function prizeOf({ winners = [], prizes }, entry) {
  const won = entry && winners.find(({ ticket }) => ticket === entry.ticket);
  return won ? prizes[won.prize].name : null;
}

export class LotteryCard extends FrontCard {
  /** @param {{onEnter: () => void, onProof: () => void, onClose: () => void}} use */
  constructor(use) {
    super("lottery", use);
  }

  /** @param {object} lottery @param {number | undefined} entries @param {{entry?: object, said?: string, busy?: boolean, mayEnter: boolean}} mine */
  show(lottery, entries, mine) {
    this.renew([lottery, mine], () => this.build(lottery, mine));
    const known = lottery.entries ?? entries;
    this.entered.textContent = known === undefined ? "" : t("lottery.entries", { count: count(known) });
  }

  build(lottery, mine) {
    this.entered = h("span", { class: "voters" });
    const proof = h("button", { class: "link", type: "button", onclick: () => this.use.onProof() }, icon("shield"), t("lottery.fair"));
    Object.assign(this.node.dataset, { status: lottery.status, lottery: lottery.id });
    return [
      this.head(t("lottery.kind")),
      h("h2", {}, lottery.title),
      h("p", { class: "prizes" }, icon("gift"), prizeWords(lottery)),
      ...audienceWords(lottery).map((text) => h("p", { class: "for" }, text)),
      this.middle(lottery, mine),
      mine.said ? h("p", { class: "fail", role: "alert" }, mine.said) : "",
      h("footer", {}, proof, this.entered),
    ];
  }

  middle(lottery, { entry, busy, mayEnter }) {
    if (lottery.status === "drawn") return this.winners(lottery, entry);
    if (lottery.status === "drawing") return h("p", { class: "suspense", role: "status" }, t("lottery.drawing"));
    if (entry) return h("p", { class: "receipt", role: "status" }, icon("check"), t("lottery.entered", { number: entry.number }));
    if (!mayEnter) return h("p", { class: "receipt" }, t("lottery.guest"));
    const says = lottery.way.how === "comment" ? t("lottery.enter_by_comment", { keyword: lottery.way.keyword }) : t("lottery.enter");
    return h("button", { class: "primary", type: "button", disabled: busy, onclick: () => this.use.onEnter() }, says);
  }

  winners(lottery, entry) {
    const { winners = [] } = lottery;
    const mine = prizeOf(lottery, entry);
    const first = winners.slice(0, WINNERS_SHOWN);
    const more = winners.length - first.length;
    return h("div", { class: "drawn" },
      entry && h("p", { class: "own-result", role: "status", "data-won": mine !== null }, mine ? t("lottery.won", { prize: mine }) : t("lottery.lost", { number: entry.number })),
      winners.length === 0 && h("p", { class: "receipt" }, t("lottery.nobody")),
      h("ul", { class: "winners" }, ...first.map(({ user, prize, ticket }) =>
        h("li", { "data-me": ticket === entry?.ticket }, face(user.name), h("b", {}, user.name), h("span", {}, lottery.prizes[prize].name)))),
      more > 0 && h("button", { class: "link", type: "button", onclick: () => this.use.onProof() }, t("lottery.more_winners", { count: more })));
  }
}
