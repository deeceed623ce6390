/**
 * The value card: what the room offers this viewer now, one button, and the next step after it.
 * Promise: it never takes the screen, can be put away, and says what went wrong when the button fails.
 */

import { h, settle } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { leave } from "./moments.js";
import { sayError } from "../shared/errors.js";
import { t } from "../i18n.js";

const SIGNS = { benefit: "gift", preview: "eye", game: "dice" };

export class ValueCard {
  /** @param {HTMLElement} place @param {(card) => Promise<unknown>} act */
  constructor(place, act) {
    this.place = place;
    this.act = act;
    this.putAway = new Set();
    this.shown = null;
  }

  /** Show a step of a card; the same step again changes nothing. */
  show(card) {
    const step = `${card.card_id}:${card.step}`;
    if (this.shown === step || this.putAway.has(step)) return;
    this.shown = step;
    this.place.replaceChildren(settle(this.sheet(card, step)));
  }

  sheet(card, step) {
    const go = h("button", { class: "primary", type: "button" }, card.action?.label ?? t("card.good"));
    const sheet = h("aside", { class: "value-card", "data-kind": card.kind, "data-step": card.step, "aria-label": card.title },
      h("span", { class: "sign" }, icon(SIGNS[card.kind] ?? "gift")),
      h("h2", {}, card.title),
      h("p", {}, card.body),
      go,
      h("button", { class: "later", type: "button", "aria-label": t("card.later"), onclick: () => this.close(sheet, step) }, icon("close")));
    go.addEventListener("click", () => (card.action ? this.press(card, sheet, go, step) : this.close(sheet, step)));
    return sheet;
  }

  async press(card, sheet, go, step) {
    go.disabled = true;
    sheet.querySelector(".fail")?.remove();
    try {
      await this.act(card);
      if (this.shown === step) this.close(sheet, step);
    } catch (error) {
      go.disabled = false;
      sheet.append(h("p", { class: "fail", role: "alert" }, sayError(error)));
    }
  }

  close(sheet, step) {
    this.putAway.add(step);
    leave(sheet);
  }
}
