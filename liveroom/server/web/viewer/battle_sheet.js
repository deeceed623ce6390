/**
 * What stands behind a battle: who made the most points for whom, and what counts how much.
 */

import { h, must } from "../shared/dom.js";
import { face } from "../shared/person.js";
import { icon } from "../shared/icons.js";
import { points, scoreTerms } from "../shared/battle.js";
import { money } from "../shared/money.js";
import { Sheet } from "./sheet.js";
import { t } from "../i18n.js";

/** Points of gifts are told for so much, in the smallest unit of their currency. */
const GIFTS_WORTH = 100;

export class BattleSheet {
  /** @param {HTMLButtonElement} opener @param {() => string | undefined} currency of gifts, once it is known */
  constructor(opener, currency) {
    this.currency = currency;
    this.title = h("h2", { id: "battle-title" });
    this.shut = h("button", { class: "bare", type: "button", "data-close": "" }, icon("close"));
    this.body = h("div", { class: "sheet-body" });
    const dialog = h("dialog", { class: "sheet battle-sheet", "aria-labelledby": "battle-title" }, h("header", {}, this.title, this.shut), this.body);
    must(".phone").append(dialog);
    this.sheet = new Sheet(dialog, { onOpen: () => this.fill() });
    this.sheet.openedBy(opener);
  }

  set(battle, sides) {
    Object.assign(this, { battle, sides });
    if (this.sheet.isOpen) this.fill();
  }

  close() {
    this.sheet.close();
  }

  fill() {
    this.title.textContent = t("battle.details");
    this.shut.ariaLabel = t("sheet.close");
    const rooms = this.sides.flatMap((side, at) => side.rooms.map((room) => ({ ...room, sideAt: at + 1 })));
    this.body.replaceChildren(...rooms.map(supporters), rules(this.battle, this.currency()));
  }
}

function supporters({ host, score, sideAt, supporters: top }) {
  const lines = top.map(({ user, points: made }, at) => h("li", {},
    h("span", { class: "place" }, at + 1), face(user.name),
    h("span", { class: "who" }, user.name, user.demo && h("small", { class: "tag tag-demo" }, t("demo.tag"))), h("b", {}, points(made))));
  return h("section", { class: "battle-side", "data-side": sideAt },
    h("h3", {}, h("span", {}, host.name), h("b", { class: "number" }, points(score))),
    h("ol", { class: "ranks" }, ...lines),
    lines.length === 0 && h("p", { class: "none" }, t("battle.no_supporters")));
}

function rules(battle, currency) {
  const { gift, like, vote, first_gift: first, last, last_s: lastS, task } = scoreTerms(battle);
  const lines = [
    gift > 0 && currency && t("score.gift", { points: gift, worth: money(GIFTS_WORTH, currency) }),
    like > 0 && t("score.like", { points: like }),
    vote > 0 && t("score.vote", { points: vote }),
    first > 100 && t("score.first", { times: first / 100 }),
    last > 100 && lastS > 0 && t("score.last", { seconds: lastS, times: last / 100 }),
    task && t("score.task", { target: task.target, seconds: task.lasts_s, times: task.reward / 100, reward: task.reward_s }),
  ];
  return h("section", { class: "battle-rules" }, h("h3", {}, t("score.title")), h("ul", {}, ...lines.filter(Boolean).map((text) => h("li", {}, text))));
}
