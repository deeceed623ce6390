/**
 * Who came in and matters, or is to be thanked: one calm card each, newest on top; a person who comes again moves up instead of doubling.
 */

import { h, must } from "../shared/dom.js";
import { badges } from "../shared/person.js";
import { tOptional, t } from "../i18n.js";

const KEPT = 30;
const HIGH = 70;

export class Cues {
  /** @param {HTMLElement} section
   * @param {{onGreet: (user) => void, onNew: () => void, does?: string, kept?: number}} use `does`: text of the button */
  constructor(section, { onGreet, onNew, does = "host.greet", kept = KEPT }) {
    this.list = must(".cards", section);
    this.onGreet = onGreet;
    this.onNew = onNew;
    this.does = does;
    this.kept = kept;
  }

  /** @param {{user, line: string, reasons: string[], weight: number}} cue @param {number} at epoch ms */
  add(cue, at) {
    this.list.querySelector(`[data-user="${CSS.escape(cue.user.id)}"]`)?.remove();
    this.list.prepend(this.card(cue, at));
    while (this.list.children.length > this.kept) this.list.lastElementChild.remove();
    this.onNew();
  }

  card({ user, line, reasons, weight }, at) {
    const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    const known = reasons.map((reason) => tOptional(`reason.${reason}`)).filter(Boolean);
    return h("li", { class: "cue", "data-user": user.id, "data-weight": weight >= HIGH ? "high" : "usual" },
      h("span", { class: "who" }, h("b", {}, user.name), ...badges(user)),
      h("time", {}, time),
      h("p", {}, line),
      h("ul", {}, ...known.map((text) => h("li", {}, text))),
      h("button", { type: "button", onclick: () => this.onGreet(user) }, t(this.does)));
  }
}
