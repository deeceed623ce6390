/**
 * What a gift does on the stage: icons that rise, or one big sign for the dear ones.
 * Promise: nothing moves for who asked for less motion; at most `RISING_MOST` signs at a time.
 */

import { giftIcon } from "../shared/gifts.js";
import { prefersStill } from "../shared/dom.js";

const RISING_MOST = 18;

export class GiftEffects {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
  }

  /** @param {{effect: string}} gift @param {number} added how many came on top */
  play(gift, added) {
    if (prefersStill() || document.hidden || gift.effect === "none") return;
    if (gift.effect === "full") this.put(giftIcon(gift), "");
    else for (let index = 0; index < Math.min(6, added); index += 1) setTimeout(() => this.rise(gift), index * 130);
  }

  rise(gift) {
    if (this.place.children.length >= RISING_MOST) return;
    const between = (low, high) => low + Math.random() * (high - low);
    const sign = giftIcon(gift);
    sign.style.setProperty("--x", `${between(6, 80)}%`);
    sign.style.setProperty("--time", `${between(1.8, 2.8)}s`);
    sign.style.setProperty("--turn", `${between(-24, 24)}deg`);
    this.put(sign, "rising");
  }

  put(sign, name) {
    if (name) sign.classList.add(name);
    sign.addEventListener("animationend", () => sign.remove(), { once: true });
    this.place.append(sign);
  }
}
