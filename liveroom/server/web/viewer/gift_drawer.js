/**
 * The drawer of gifts: choose one, choose how many, send.
 * Promise: it shows what the server offers at its prices, the cheapest first; what a refusal says stays until the next try.
 */

import { h, must } from "../shared/dom.js";
import { giftIcon, giftName } from "../shared/gifts.js";
import { money } from "../shared/money.js";
import { sayError } from "../shared/errors.js";
import { Sheet } from "./sheet.js";
import { t } from "../i18n.js";

const COUNTS = [1, 10, 66, 188];
const ARROWS = { ArrowRight: 1, ArrowDown: 4, ArrowLeft: -1, ArrowUp: -4 };

export class GiftDrawer {
  /** @param {HTMLDialogElement} dialog @param {(gift, count: number) => Promise<unknown>} onSend */
  constructor(dialog, onSend) {
    this.dialog = dialog;
    this.onSend = onSend;
    this.grid = must(".gift-grid", dialog);
    this.counts = must(".choice", dialog);
    this.problem = must(".fail", dialog);
    this.button = must(".primary", dialog);
    this.gifts = [];
    this.chosen = null;
    this.count = 1;
    this.sheet = new Sheet(dialog, { onOpen: () => this.say("") });
    this.button.addEventListener("click", () => this.send());
    this.grid.addEventListener("keydown", (press) => this.move(press));
    this.offerCounts();
  }

  /** @param {import("../shared/gifts.js").Catalogue} catalogue */
  set({ gifts, currency, open }) {
    this.gifts = open ? gifts.filter((gift) => gift.status !== "off").sort((one, other) => one.price - other.price) : [];
    this.currency = currency;
    this.render();
  }

  render() {
    if (!this.gifts.some((gift) => gift.id === this.chosen)) this.chosen = this.gifts[0]?.id ?? null;
    const look = JSON.stringify([this.gifts, this.currency, document.documentElement.lang]);
    if (look === this.look) return;
    this.look = look;
    const held = this.grid.contains(document.activeElement);
    this.grid.replaceChildren(...this.gifts.map((gift) => this.tile(gift)));
    must(".none", this.dialog).hidden = this.gifts.length > 0;
    this.button.disabled = this.chosen === null;
    if (held) this.grid.querySelector("[aria-checked=true]")?.focus();
  }

  tile(gift) {
    const chosen = gift.id === this.chosen;
    return h("button", { type: "button", role: "radio", "aria-checked": String(chosen), tabIndex: chosen ? 0 : -1, "data-gift": gift.id, onclick: () => this.choose(gift.id) },
      giftIcon(gift), h("span", { class: "name" }, giftName(gift)), h("span", { class: "price" }, money(gift.price, this.currency)));
  }

  choose(id) {
    this.chosen = id;
    for (const tile of this.grid.children) {
      const chosen = tile.dataset.gift === id;
      tile.setAttribute("aria-checked", String(chosen));
      tile.tabIndex = chosen ? 0 : -1;
    }
  }

  /** Arrow keys go through the gifts as through any group of radio buttons. */
  move(press) {
    const step = ARROWS[press.key];
    if (!step) return;
    press.preventDefault();
    const at = this.gifts.findIndex((gift) => gift.id === this.chosen);
    const to = Math.min(this.gifts.length - 1, Math.max(0, at + step));
    this.choose(this.gifts[to].id);
    this.grid.children[to].focus();
  }

  offerCounts() {
    const choose = (count) => {
      this.count = count;
      for (const one of this.counts.children) one.setAttribute("aria-pressed", String(Number(one.dataset.count) === count));
    };
    this.counts.append(...COUNTS.map((count) => h("button", { type: "button", "data-count": count, onclick: () => choose(count) }, `×${count}`)));
    choose(1);
  }

  async send() {
    const gift = this.gifts.find((one) => one.id === this.chosen);
    this.button.disabled = true;
    this.say("");
    try {
      await this.onSend(gift, this.count);
      this.sheet.close();
    } catch (error) {
      this.say(sayError(error));
    }
    this.button.disabled = false;
  }

  say(text) {
    this.problem.textContent = text;
    this.problem.hidden = text === "";
  }
}
