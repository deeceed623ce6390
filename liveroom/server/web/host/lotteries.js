/**
 * The draws of the room as the host runs them: open, watch people enter, draw, put away.
 * Promise: what is shown is what the server said last; the commitment stands on the card, to be read out.
 */

import { countdown } from "../shared/offers.js";
import { h, must } from "../shared/dom.js";
import { count } from "../shared/numbers.js";
import { sayError } from "../shared/errors.js";
import { SteadyList } from "../shared/steady.js";
import { t } from "../i18n.js";
import { lotteryForm } from "./lottery_form.js";

const TICK_MS = 500;
const DOES = { open: ["draw", "cancel"], drawn: ["hide"] };
const SAID_SIGNS = 12;

export class LotteryPanel {
  /** @param {HTMLElement} place @param {object} room @param {{now: () => number, ask: (q: object) => Promise<boolean>}} use */
  constructor(place, room, use) {
    this.place = place;
    this.room = room;
    this.use = use;
    this.problems = new Map();
    this.cards = new SteadyList(must(".lotteries", place), (facts) => this.card(facts));
    for (const kind of ["joined", "snapshot", "lottery.changed"]) room.on(kind, () => this.render());
    room.on("lottery_entries", () => this.tick());
    document.addEventListener("languagechanged", () => this.renew());
    setInterval(() => this.tick(), TICK_MS);
    this.renew();
  }

  renew() {
    must(".new-lottery", this.place).replaceChildren(lotteryForm((facts) => this.room.send("lottery.open", facts)));
    this.cards.forget();
    this.render();
  }

  lotteries() {
    return Object.values(this.room.state.lotteries ?? {}).sort((one, other) => other.opened_at - one.opened_at);
  }

  render() {
    this.cards.show(this.lotteries().map((lottery) => ({ ...lottery, problem: this.problems.get(lottery.id) })));
    this.tick();
  }

  card(lottery) {
    const { id, status, title, prizes, way, winners = [], commitment, problem } = lottery;
    const what = prizes.map(({ name, count: many = 1 }) => (many > 1 ? `${name} ×${many}` : name)).join(" · ");
    return h("li", { class: "act", "data-lottery": id, "data-status": status },
      h("div", { class: "act-head" }, h("span", { class: "status" }, t("lottery.kind")), h("time", {})),
      h("h3", {}, title),
      h("p", { class: "sub" }, what),
      h("p", { class: "sub" }, way.how === "comment" ? t("lottery.says", { keyword: way.keyword }) : t("lottery.by_tap"), " · ", h("span", { class: "entered" })),
      status === "open" && h("p", { class: "sub", title: commitment }, t("lottery.commitment", { commitment: commitment.slice(0, SAID_SIGNS) })),
      winners.length > 0 && h("ol", { class: "won" }, ...winners.map(({ user, prize }) => h("li", {}, h("b", {}, user.name), h("span", {}, prizes[prize].name)))),
      status === "drawn" && winners.length === 0 && h("p", { class: "sub" }, t("lottery.nobody")),
      h("div", { class: "card-does" }, ...(DOES[status] ?? []).map((does) =>
        h("button", { type: "button", "data-does": does, onclick: () => this.carryOut(lottery, does) }, t(`lottery.${does}`)))),
      problem && h("p", { class: "problem", role: "alert" }, problem));
  }

  async carryOut({ id }, does) {
    if (does === "cancel" && !(await this.use.ask({ title: t("lottery.cancel_title"), body: t("lottery.cancel_body"), yes: t("lottery.cancel") }))) return;
    this.problems.delete(id);
    try {
      await this.room.send(`lottery.${does}`, { lottery: id });
    } catch (error) {
      this.problems.set(id, sayError(error));
      this.render();
    }
  }

  tick() {
    const tallies = this.room.state.totals.lottery_entries?.lotteries ?? {};
    for (const { id, status, ends_at: endsAt, entries } of this.lotteries()) {
      const node = this.cards.node(id);
      if (!node) continue;
      must("time", node).textContent = status === "open" ? countdown(Math.max(0, endsAt - this.use.now())) : t(`lottery.${status}`);
      must(".entered", node).textContent = t("lottery.entries", { count: count(entries ?? tallies[id]?.entries ?? 0) });
    }
  }
}
