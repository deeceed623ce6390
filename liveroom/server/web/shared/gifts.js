/**
 * The catalogue of gifts as the server has it now, and how a gift is shown.
 * Promise: it is asked for until it is there, and again when a gift turns up that is not in it, at most every 5 s.
 */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { language } from "../i18n.js";
import { read } from "./api.js";

const AGAIN_MS = 5_000;
const DEFAULTS = { effect: "float", combo_window_ms: 5_000 };
const UNKNOWN = { names: {}, price: 0, effect: "none", combo_window_ms: 0, icon: "" };

export class Catalogue {
  /** @param {(catalogue: Catalogue) => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.open = false;
    this.currency = "COIN";
    this.gifts = [];
    this.askedAt = -AGAIN_MS;
    this.isLoaded = false;
  }

  async load() {
    this.askedAt = performance.now();
    const found = await read("/gifts");
    if (!found) return void setTimeout(() => this.load(), AGAIN_MS);
    const { open, currency, gifts } = found;
    this.isLoaded = true;
    Object.assign(this, { open, currency, gifts: gifts.map((gift) => ({ ...DEFAULTS, ...gift })) });
    this.onChange(this);
  }

  /** The gift of this id; one that is not known yet is asked for and shown as a plain present meanwhile. */
  get(id) {
    const known = this.gifts.find((gift) => gift.id === id);
    if (!known && performance.now() - this.askedAt > AGAIN_MS) this.load();
    return known ?? { ...UNKNOWN, id };
  }
}

/** Ranks or totals, unless they are of a show before the one that is live. */
export const ofShow = (value, show) => (value && (!show || value.show_id === show.id) ? value : undefined);

/** Its name in the language of the page. */
export const giftName = ({ id, names }) => names[language()] ?? Object.values(names)[0] ?? id;

/** Its sign: an emoji, a picture of this host, or a present. */
export function giftIcon({ icon: sign }) {
  const picture = sign.startsWith("/") ? h("img", { src: sign, alt: "" }) : sign || icon("gift");
  return h("span", { class: "gift-icon", "aria-hidden": "true" }, picture);
}
