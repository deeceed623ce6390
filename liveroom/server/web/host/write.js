/**
 * Where the host writes: a line to the room, an answer to a comment, a greeting by name.
 * Promise: words that got no answer are back in the field, and sent once more they count once.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { sayError } from "../shared/errors.js";
import { t } from "../i18n.js";

export class Write {
  /** @param {HTMLFormElement} form @param {(data: object, key?: string) => Promise<unknown>} send */
  constructor(form, send) {
    this.input = must("input", form);
    this.answering = must(".answering", form);
    this.send = send;
    this.replyTo = null;
    this.greeted = null;
    this.unanswered = null;
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

  draft(text) {
    const data = { text };
    if (this.replyTo) data.reply_to = this.replyTo.id;
    if (this.greeted && text.includes(`@${this.greeted.name}`)) data.mentions = [this.greeted.id];
    return data;
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text) return;
    const { data, key } = this.unanswered?.data.text === text ? this.unanswered : { data: this.draft(text) };
    this.input.value = "";
    this.stop();
    try {
      await this.send(data, key);
      this.greeted = this.unanswered = null;
    } catch (error) {
      this.unanswered = error.retryable ? { data, key: error.key } : null;
      if (!this.input.value) this.input.value = text;
      this.note(sayError(error), true);
    }
  }
}
