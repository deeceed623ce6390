/**
 * The gifts of the show as the host reads them: what came in, one line for each combo, the top givers, whom to thank.
 * Promise: totals and counts are the server's; a combo that goes on moves up and counts in its line.
 */

import { h, must } from "../shared/dom.js";
import { Catalogue, giftIcon, giftName, ofShow } from "../shared/gifts.js";
import { badges, face } from "../shared/person.js";
import { money } from "../shared/money.js";
import { count } from "../shared/numbers.js";
import { t } from "../i18n.js";

const KEPT = 40;

export class GiftPanel {
  /** @param {HTMLElement} section @param {object} room @param {{onThank: (user) => void, onNew: () => void}} use */
  constructor(section, room, { onThank, onNew }) {
    this.section = section;
    this.feed = must(".feed", section);
    this.top = must(".top-givers", section);
    this.catalogue = new Catalogue(() => this.render());
    this.use = { onThank, onNew };
    this.combos = new Map();
    this.totals = null;
    this.ranks = [];
    this.hear(room);
  }

  hear(room) {
    room.on("joined", () => {
      const { show, totals } = room.state;
      this.catalogue.load();
      this.totals = ofShow(totals.gift_totals, show) ?? null;
      this.ranks = ofShow(totals.gift_ranks, show)?.top ?? [];
      this.render();
    });
    room.on("gift_totals", (totals) => {
      this.totals = totals;
      this.renderSums();
    });
    room.on("gift_ranks", ({ top = [] }) => {
      this.ranks = top;
      this.renderRanks();
    });
    room.on("gift.sent", (sent) => this.add(sent));
    room.on("gift.combo_closed", (closed) => this.combos.has(closed.combo) && this.add({ ...closed, closed: true }));
    room.on("room.went_live", () => this.clear());
    document.addEventListener("languagechanged", () => this.render());
  }

  add(combo) {
    this.feed.querySelector(`[data-combo="${CSS.escape(combo.combo)}"]`)?.remove();
    this.combos.delete(combo.combo);
    this.combos.set(combo.combo, combo);
    if (this.combos.size > KEPT) this.combos.delete(this.combos.keys().next().value);
    this.feed.prepend(this.line(combo));
    while (this.feed.children.length > KEPT) this.feed.lastElementChild.remove();
    if (combo.opened) this.use.onNew();
  }

  /** A new show begins with nothing. */
  clear() {
    this.combos.clear();
    Object.assign(this, { totals: null, ranks: [] });
    this.render();
  }

  render() {
    this.feed.replaceChildren(...[...this.combos.values()].reverse().map((combo) => this.line(combo)));
    must("[data-closed]", this.section).hidden = this.catalogue.open || !this.catalogue.isLoaded;
    this.renderSums();
    this.renderRanks();
  }

  renderSums() {
    const { amount = 0, givers = 0 } = this.totals ?? {};
    must("[data-gift=amount]", this.section).textContent = money(amount, this.catalogue.currency);
    must("[data-gift=givers]", this.section).textContent = count(givers);
  }

  renderRanks() {
    this.top.replaceChildren(...this.ranks.slice(0, 5).map(({ user, amount }, at) => h("li", {},
      h("span", { class: "place" }, at + 1), h("span", { class: "who" }, user.name, ...badges(user)),
      h("b", { class: "number" }, money(amount, this.catalogue.currency)))));
    must(".ranks-place", this.section).hidden = this.ranks.length === 0;
  }

  line(combo) {
    const gift = this.catalogue.get(combo.gift);
    return h("li", { class: "given", "data-combo": combo.combo },
      face(combo.by.name),
      h("div", {},
        h("div", { class: "who" }, h("b", {}, combo.by.name), ...badges(combo.by)),
        h("div", { class: "what" }, giftIcon(gift), giftName(gift), h("b", { class: "number" }, `×${combo.count}`), h("span", { class: "number" }, money(combo.amount, this.catalogue.currency)))),
      h("button", { type: "button", onclick: () => this.use.onThank(combo.by), "aria-label": `${t("host.thank")} ${combo.by.name}` }, t("host.thank")));
  }
}
