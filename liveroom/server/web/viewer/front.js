/**
 * What the show asks of a viewer now (a poll, a draw, a product): one card in front, above the place to write; the
 * others wait as chips below it.
 * Promise: a new card comes to the front by itself, what was put away stays away until its chip is tapped; the place
 * never holds two, and a new one is read out once; a press meant for what was there before does not count for it.
 */

import { h, settle } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

export class Front {
  /** @param {HTMLElement} place of the card @param {HTMLElement} rail of the chips @param {HTMLElement} news read out, not seen */
  constructor(place, rail, news) {
    this.news = news;
    this.place = place;
    this.rail = rail;
    this.entries = new Map();
    this.away = new Set();
    this.shown = null;
  }

  /**
   * Show a card, or keep it up to date.
   * @param {string} key @param {HTMLElement} node
   * @param {{sign: string, label: string, quiet?: boolean}} chip `sign`: name of its icon; `quiet`: does not come to the front by itself
   */
  put(key, node, chip) {
    const known = this.entries.get(key);
    const entry = known ?? { node, chip: this.makeChip(key, chip.sign), foot: "" };
    entry.node = node;
    entry.chip.setAttribute("aria-label", chip.label);
    entry.chip.title = chip.label;
    this.entries.set(key, entry);
    if (!known) this.news.textContent = chip.label;
    if (!known && !(chip.quiet && this.shown)) this.shown = key;
    this.render();
  }

  /** A word under its chip, such as the time left. */
  foot(key, text) {
    const foot = this.entries.get(key)?.chip.querySelector("small");
    if (foot && foot.textContent !== text) foot.textContent = text;
  }

  remove(key) {
    this.entries.get(key)?.chip.remove();
    if (!this.entries.delete(key)) return;
    this.away.delete(key);
    if (this.shown === key) this.shown = [...this.entries.keys()].filter((one) => !this.away.has(one)).at(-1) ?? null;
    this.render();
  }

  /** Bring a card to the front; the focus follows where somebody asked for it. */
  open(key, refocus = true) {
    this.shown = key;
    this.away.delete(key);
    this.render(true);
    if (refocus) this.entries.get(key)?.node.querySelector("button")?.focus({ preventScroll: true });
  }

  /** Put the card away; its chip brings it back. */
  putAway(key) {
    if (this.shown === key) this.shown = null;
    this.away.add(key);
    this.render();
    this.entries.get(key)?.chip.focus({ preventScroll: true });
  }

  makeChip(key, sign) {
    return h("button", { class: "chip", type: "button", "data-chip": key, onclick: () => this.open(key) }, icon(sign), h("small", {}));
  }

  /** @param {boolean} [asked] the person wants to see this card now */
  render(asked = false) {
    const node = this.entries.get(this.shown)?.node;
    if (this.place.firstElementChild !== node) {
      this.place.replaceChildren(...(node ? [node] : []));
      if (node && !asked) settle(node);
    }
    for (const [key, { chip }] of this.entries) {
      if (key === this.shown) chip.remove();
      else if (!chip.isConnected) this.rail.append(chip);
    }
  }
}
