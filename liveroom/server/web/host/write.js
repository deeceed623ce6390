/**
 * Where the host writes: a line to the room, an answer to a comment, a greeting by name.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { sayError } from "../shared/errors.js";
import { t } from "../i18n.js";

export class Write {
  /** @param {HTMLFormElement} form @param {(data: object) => Promise<unknown>} send */
  constructor(form, send) {
    this.input = must("input", form);
    this.answering = must(".answering", form);
    this.send = send;
    this.replyTo = null;
    this.greeted = null;
    form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.input.addEventListener("keydown", (press) => {
      if (press.key === "Enter" && (press.isComposing || press.keyCode === 229)) press.preventDefault();
      if (press.key === "Escape" && !press.isComposing) this.stop();
    });
  }

  reply(comment) {
    this.replyTo = comment;
    this.note(t("composer.replying", { name: comment.by.name, text: comment.text }));
  }

  /** Begin a line to somebody, with these first words if there are any. */
  greet(user, words = "") {
    this.greeted = user;
    this.input.value = `@${user.name} ${words}${this.input.value}`;
    this.input.focus();
  }

  stop() {
    this.replyTo = null;
    this.answering.hidden = true;
  }

  note(text, isProblem = false) {
    const close = h("button", { class: "quiet", type: "button", "aria-label": t("composer.cancel_reply"), onclick: () => this.stop() }, icon("close"));
    this.answering.replaceChildren(icon(isProblem ? "bell" : "reply"), h("span", { role: isProblem ? "alert" : null }, text), close);
    this.answering.hidden = false;
    this.input.focus();
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text) return;
    const data = { text };
    if (this.replyTo) data.reply_to = this.replyTo.id;
    if (this.greeted && text.includes(`@${this.greeted.name}`)) data.mentions = [this.greeted.id];
    this.input.value = "";
    this.stop();
    try {
      await this.send(data);
      this.greeted = null;
    } catch (error) {
      if (!this.input.value) this.input.value = text;
      this.note(sayError(error), true);
    }
  }
}
