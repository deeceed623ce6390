/**
 * What the staff can do about one person and what they said: a dialog with one tap for each.
 * Promise: it stays open and says what was done, since one act seldom comes alone; what cannot be taken back is asked
 * about first; a refusal of the server stands in the dialog.
 */

import { h, must } from "../shared/dom.js";
import { badges, face, isStaff } from "../shared/person.js";
import { sayError } from "../shared/errors.js";
import { t } from "../i18n.js";

const MUTES = [["mute_5m", 300], ["mute_1h", 3_600], ["mute", undefined]];

export class PersonDialog {
  /** @param {HTMLDialogElement} dialog
   * @param {{send: (type: string, data: object) => Promise<unknown>, ask: (q: object) => Promise<boolean>, onReply: (comment) => void}} use */
  constructor(dialog, use) {
    this.dialog = dialog;
    this.use = use;
    this.said = must(".said-so", dialog);
    this.body = must(".person-does", dialog);
    this.head = must(".person-head", dialog);
    must("[data-close]", dialog).addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (tap) => tap.target === dialog && dialog.close());
  }

  /** @param {{id: string, name: string, role?: string}} person @param {object} [comment] what was tapped */
  open(person, comment) {
    this.head.replaceChildren(face(person.name), h("h2", { id: "person-title" }, person.name), ...badges(person).filter(Boolean));
    this.body.replaceChildren(...(comment ? this.aboutComment(comment) : []), ...(isStaff(person) ? [] : this.aboutPerson(person)));
    this.tell("");
    this.dialog.showModal();
  }

  aboutComment(comment) {
    const { by, id } = comment;
    return [
      h("blockquote", {}, comment.text),
      h("div", { class: "row" },
        this.button("reply", () => (this.dialog.close(), this.use.onReply(comment))),
        this.button("pin", () => this.act("comment.pin", { comment_id: id }, "pin")),
        this.button("remove", () => this.act("comment.remove", { comment_id: id }, "remove")),
        this.button("remove_all", () => this.actAsked("comment.remove_all", { user_id: by.id }, "remove_all", by))),
    ];
  }

  aboutPerson(person) {
    const user = { user_id: person.id };
    return [
      h("h3", {}, t("order.mute_for")),
      h("div", { class: "row" }, ...MUTES.map(([does, seconds]) =>
        this.button(does, () => this.act("user.mute", seconds ? { ...user, seconds } : user, "mute"))),
      this.button("unmute", () => this.act("user.unmute", user, "unmute"))),
      h("h3", {}, t("order.stay")),
      h("div", { class: "row" },
        this.button("shadow", () => this.act("user.shadow", user, "shadow")),
        this.button("kick", () => this.act("user.kick", user, "kick")),
        this.button("ban", () => this.actAsked("user.ban", user, "ban", person))),
    ];
  }

  button(does, onclick) {
    return h("button", { class: "plain", type: "button", "data-does": does, onclick }, t(`order.${does}`));
  }

  async actAsked(type, data, does, { name }) {
    const sure = await this.use.ask({ title: t(`order.${does}_title`, { name }), body: t(`order.${does}_body`), yes: t(`order.${does}`) });
    if (sure) await this.act(type, data, does);
  }

  async act(type, data, does) {
    try {
      await this.use.send(type, data);
      this.tell(t(`order.${does}_done`), true);
    } catch (error) {
      this.tell(sayError(error));
    }
  }

  tell(text, good = false) {
    this.said.textContent = text;
    this.said.toggleAttribute("data-good", good);
  }
}
