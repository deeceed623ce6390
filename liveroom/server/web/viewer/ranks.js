/**
 * Who gave most: the top of this show as it changes, and the top over all shows when asked for.
 */

import { face } from "../shared/person.js";
import { h, must } from "../shared/dom.js";
import { money } from "../shared/money.js";
import { sayError } from "../shared/errors.js";
import { Sheet } from "./sheet.js";
import { t } from "../i18n.js";

/** @param {{user, amount: number}} line @param {number} at from 0 */
export function rankLine({ user, amount }, at, currency, meId) {
  return h("li", { "data-me": user.id === meId },
    h("span", { class: "place" }, at + 1), face(user.name),
    h("span", { class: "who" }, user.name, user.demo && h("small", { class: "tag tag-demo" }, t("demo.tag"))),
    h("b", {}, money(amount, currency)));
}

export class Ranks {
  /** @param {HTMLDialogElement} dialog @param {HTMLButtonElement} chip
   * @param {{meId: () => string, overall: () => Promise<object[]>, mayAsk: () => boolean, currency: () => string}} use */
  constructor(dialog, chip, use) {
    this.list = must(".ranks", dialog);
    this.none = must(".none", dialog);
    this.choice = must(".choice", dialog);
    this.chip = chip;
    this.use = use;
    this.top = [];
    this.sheet = new Sheet(dialog, { onOpen: () => this.choose("show") });
    this.sheet.openedBy(chip);
    for (const button of this.choice.children) button.addEventListener("click", () => this.choose(button.dataset.ranks));
  }

  /** The top of this show now. */
  set(top) {
    this.top = top;
    this.chip.hidden = top.length === 0;
    must(".faces", this.chip).replaceChildren(...top.slice(0, 3).map((line) => face(line.user.name)));
    if (this.sheet.isOpen && this.chosen === "show") this.fill(top);
  }

  async choose(which) {
    this.choice.hidden = !this.use.mayAsk();
    this.chosen = which;
    for (const button of this.choice.children) button.setAttribute("aria-pressed", String(button.dataset.ranks === which));
    if (which === "show") return this.fill(this.top);
    try {
      const overall = await this.use.overall();
      if (this.chosen === which) this.fill(overall);
    } catch (error) {
      this.list.replaceChildren();
      this.tell(sayError(error));
    }
    return undefined;
  }

  fill(top) {
    this.list.replaceChildren(...top.map((line, at) => rankLine(line, at, this.use.currency(), this.use.meId())));
    this.tell(top.length === 0 ? t("rank.none") : "");
  }

  tell(text) {
    this.none.textContent = text;
    this.none.hidden = text === "";
  }
}
