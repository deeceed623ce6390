/**
 * Who gives what: one banner for each combo with its absolute total, two at a time, dearer ones first.
 * Promise: a combo that goes on counts up in its place; a flood of gifts waits in a short queue and never grows the page.
 */

import { face } from "../shared/person.js";
import { giftIcon, giftName } from "../shared/gifts.js";
import { h } from "../shared/dom.js";
import { leave } from "./moments.js";
import { t } from "../i18n.js";

const SLOTS = 2;
const QUEUE_MOST = 30;
const SHOWN_MS = 3_500;

export class GiftBanners {
  /** @param {HTMLElement} place @param {import("../shared/gifts.js").Catalogue} catalogue */
  constructor(place, catalogue) {
    this.place = place;
    this.catalogue = catalogue;
    this.shown = new Map();
    this.queue = new Map();
  }

  /** What `gift.sent` tells: the state of a combo. */
  show(state) {
    const shown = this.shown.get(state.combo);
    if (shown) return this.count(shown, state);
    this.queue.set(state.combo, state);
    if (this.queue.size > QUEUE_MOST) this.queue.delete(this.cheapest());
    return this.next();
  }

  /** The final total of a combo: shown where it still is, otherwise long past. */
  settle(state) {
    const shown = this.shown.get(state.combo);
    if (shown) this.count(shown, state);
  }

  next() {
    if (this.shown.size >= SLOTS || this.queue.size === 0) return;
    const state = [...this.queue.values()].reduce((best, one) => (one.amount > best.amount ? one : best));
    this.queue.delete(state.combo);
    const gift = this.catalogue.get(state.gift);
    const times = h("span", { class: "times" }, `×${state.count}`);
    const node = h("div", { class: "banner", "data-combo": state.combo, "data-effect": gift.effect },
      face(state.by.name),
      h("span", { class: "says" }, h("strong", {}, state.by.name, state.by.demo && h("small", { class: "tag tag-demo" }, t("demo.tag"))), h("span", {}, t("gift.sent", { gift: giftName(gift) }))),
      giftIcon(gift), times);
    const shown = { node, times, count: state.count };
    this.shown.set(state.combo, shown);
    this.place.append(node);
    this.hold(state.combo, shown);
  }

  count(shown, { combo, count }) {
    this.hold(combo, shown);
    if (count <= shown.count) return;
    shown.count = count;
    shown.times.textContent = `×${count}`;
    delete shown.times.dataset.bump;
    void shown.times.offsetWidth; // lets the same animation start again
    shown.times.dataset.bump = "";
  }

  hold(combo, shown) {
    clearTimeout(shown.timer);
    shown.timer = setTimeout(() => {
      leave(shown.node);
      this.shown.delete(combo);
      this.next();
    }, SHOWN_MS);
  }

  cheapest() {
    return [...this.queue.values()].reduce((least, one) => (one.amount < least.amount ? one : least)).combo;
  }
}
