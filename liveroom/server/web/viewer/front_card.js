/**
 * What the cards in front have in common: a head with the kind, the time left and a way to put it away.
 * Promise: a card is made anew only when its facts or the language have changed, and keeps the focus then.
 */

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { t } from "../i18n.js";

export class FrontCard {
  /** @param {string} kind its class @param {{onClose: () => void}} use */
  constructor(kind, use) {
    this.use = use;
    this.time = h("time", {});
    this.node = h("article", { class: `front-card ${kind}`, tabIndex: -1 });
  }

  /** @param {unknown[]} facts @param {() => (Node | string)[]} build */
  renew(facts, build) {
    const look = JSON.stringify([facts, document.documentElement.lang]);
    if (look === this.look) return;
    this.look = look;
    const focused = this.node.contains(document.activeElement);
    this.node.replaceChildren(...build());
    if (focused) this.node.focus({ preventScroll: true });
  }

  head(kind) {
    const close = h("button", { class: "bare", type: "button", "aria-label": t("front.put_away"), onclick: () => this.use.onClose() }, icon("down"));
    return h("header", {}, h("span", { class: "kind" }, kind), this.time, close);
  }

  tick(text) {
    if (this.time.textContent !== text) this.time.textContent = text;
  }
}
