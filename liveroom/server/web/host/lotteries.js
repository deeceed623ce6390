/**
 * The draws of the room as the host runs them: open, watch people enter, draw, put away.
 * Promise: what is shown is what the server said last; the commitment stands on the card, to be read out.
 */

import { h, must } from "../shared/dom.js";
import { count } from "../shared/numbers.js";
import { prizeWords } from "../shared/prizes.js";
import { t } from "../i18n.js";
import { Acts } from "./acts.js";
import { lotteryForm } from "./lottery_form.js";

const DOES = { open: ["draw", "cancel"], drawn: ["hide"] };
const SAID_SIGNS = 12;

export class LotteryPanel extends Acts {
  /** @param {HTMLElement} place @param {object} room @param {{now: () => number, ask: (q: object) => Promise<boolean>}} use */
  constructor(place, room, use) {
    super(place, room, use, { one: "lottery", many: "lotteries", kinds: ["lottery.changed", "lottery_entries"] });
  }

  form(send) {
    return lotteryForm((facts) => send("open", facts));
  }

  says({ status }) {
    return t(`lottery.${status}`);
  }

  card(lottery) {
    const { id, status, title, prizes, way, winners = [], commitment, problem } = lottery;
    return h("li", { class: "act", "data-lottery": id, "data-status": status },
      h("div", { class: "act-head" }, h("span", { class: "status" }, t("lottery.kind")), h("time", {})),
      h("h3", {}, title),
      h("p", { class: "sub" }, prizeWords(lottery)),
      h("p", { class: "sub" }, way.how === "comment" ? t("lottery.says", { keyword: way.keyword }) : t("lottery.by_tap"), " · ", h("span", { class: "entered" })),
      status === "open" && h("p", { class: "sub", title: commitment }, t("lottery.commitment", { commitment: commitment.slice(0, SAID_SIGNS) })),
      winners.length > 0 && h("ol", { class: "won" }, ...winners.map(({ user, prize }) => h("li", {}, h("b", {}, user.name), h("span", {}, prizes[prize].name)))),
      status === "drawn" && winners.length === 0 && h("p", { class: "sub" }, t("lottery.nobody")),
      h("div", { class: "card-does" }, ...(DOES[status] ?? []).map((does) =>
        h("button", { type: "button", "data-does": does, onclick: () => this.carryOut(id, does) }, t(`lottery.${does}`)))),
      problem && h("p", { class: "problem", role: "alert" }, problem));
  }

  count({ id, entries }, node) {
    const tally = this.room.state.totals.lottery_entries?.lotteries?.[id]?.entries;
    must(".entered", node).textContent = t("lottery.entries", { count: count(entries ?? tally ?? 0) });
  }
}
