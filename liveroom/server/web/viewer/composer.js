/**
 * Where a viewer writes: text, a row of emoji, a reply, a mention. Safe with input methods (an Enter that picks
 * a Chinese word does not send). Promise: hands out `{text, mentions, reply_to?, topic?}` and keeps no words after sending.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { t } from "../i18n.js";

const EMOJI = ["😂", "👍", "❤️", "🔥", "👏", "🎉", "😍", "🙏"];
const RECENT = 40;

export class Composer {
  /** @param {HTMLFormElement} form @param {(draft) => void} onSend */
  constructor(form, onSend) {
    this.form = form;
    this.onSend = onSend;
    this.input = must("input[name=text]", form);
    this.answering = must(".answering", form);
    this.list = must(".mentions", form);
    this.send = must(".send", form);
    this.people = new Map();
    this.mentioned = new Map();
    this.replyTo = null;
    this.topic = null;
    this.selected = 0;
    this.waits = false;
    this.addEmoji();
    form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.input.addEventListener("input", () => this.noticeInput());
    this.input.addEventListener("keydown", (press) => this.noticeKey(press));
  }

  /**
   * Let people write, or not, and say in the field what holds.
   * @param {boolean} may @param {string} [says] instead of the usual invitation @param {number} [waitS] seconds until sending is possible
   */
  allow(may, says, waitS = 0) {
    if (this.input.disabled === may) this.input.disabled = !may;
    const text = says ?? t("composer.placeholder");
    if (this.input.placeholder !== text) this.input.placeholder = text;
    this.waits = waitS > 0;
    this.send.disabled = this.waits;
    if (this.waits) this.send.dataset.wait = waitS;
    else delete this.send.dataset.wait;
  }

  /** Remember who spoke, newest first, so that they can be mentioned. */
  heard(by) {
    this.people.delete(by.id);
    this.people.set(by.id, by.name);
    if (this.people.size > RECENT) this.people.delete(this.people.keys().next().value);
  }

  /** Answer this comment. */
  reply(comment) {
    this.stopReply();
    this.replyTo = comment;
    const mention = h("button", { type: "button", onclick: () => this.turnIntoMention(comment.by) }, t("composer.mention_instead"));
    const close = h("button", { type: "button", "data-close": "", "aria-label": t("composer.cancel_reply"), onclick: () => this.stopReply() }, icon("close"));
    this.answering.replaceChildren(icon("reply"), h("span", {}, t("composer.replying", { name: comment.by.name, text: comment.text })), mention, close);
    this.answering.hidden = false;
    this.input.focus();
  }

  /** Write under a topic. */
  speakAbout(topic) {
    this.stopReply();
    this.topic = topic.id;
    const close = h("button", { type: "button", "data-close": "", "aria-label": t("composer.cancel_reply"), onclick: () => this.stopReply() }, icon("close"));
    this.answering.replaceChildren(icon("chat"), h("span", {}, topic.text), close);
    this.answering.hidden = false;
    this.input.focus();
  }

  stopReply() {
    this.replyTo = null;
    this.topic = null;
    this.answering.hidden = true;
  }

  turnIntoMention(by) {
    this.stopReply();
    this.mentioned.set(by.id, by.name);
    this.input.value = `@${by.name} ${this.input.value.trimStart()}`;
    this.noticeInput();
    this.input.focus();
  }

  submit() {
    const text = this.input.value.trim();
    if (!text || this.waits) return;
    const mentions = [...this.mentioned].filter(([, name]) => text.includes(`@${name}`)).map(([id, name]) => ({ id, name }));
    const draft = { text, mentions };
    if (this.topic) draft.topic = this.topic;
    if (this.replyTo) draft.reply_to = { id: this.replyTo.id, name: this.replyTo.by.name, text: this.replyTo.text };
    this.input.value = "";
    this.mentioned.clear();
    this.stopReply();
    this.noticeInput();
    this.onSend(draft);
  }

  noticeInput() {
    this.send.hidden = this.input.value.trim() === "";
    this.suggest();
  }

  noticeKey(press) {
    if (press.isComposing || press.keyCode === 229) return press.key === "Enter" && press.preventDefault();
    if (press.key === "Escape") return this.list.hidden ? this.stopReply() : this.hideList();
    if (this.list.hidden) return undefined;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (press.key in steps) return press.preventDefault(), this.select(this.selected + steps[press.key]);
    if (press.key === "Enter" || press.key === "Tab") return press.preventDefault(), this.list.children[this.selected]?.click();
    return undefined;
  }

  suggest() {
    const typed = /@([^\s@]{0,24})$/.exec(this.input.value.slice(0, this.input.selectionStart ?? 0));
    if (!typed) return this.hideList();
    const wanted = typed[1].toLowerCase();
    const found = [...this.people].reverse().filter(([, name]) => name.toLowerCase().includes(wanted)).slice(0, 5);
    this.list.replaceChildren(...found.map(([id, name]) => h("li", { role: "option", onclick: () => this.complete(typed, id, name) }, `@${name}`)));
    this.list.hidden = found.length === 0;
    return this.select(0);
  }

  select(index) {
    const options = [...this.list.children];
    this.selected = options.length ? (index + options.length) % options.length : 0;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.selected)));
  }

  complete(typed, id, name) {
    const end = typed.index + typed[0].length;
    this.mentioned.set(id, name);
    this.input.value = `${this.input.value.slice(0, typed.index)}@${name} ${this.input.value.slice(end)}`;
    this.hideList();
    this.input.focus();
  }

  hideList() {
    this.list.hidden = true;
  }

  addEmoji() {
    const row = must(".emoji", this.form);
    const toggle = must("[data-emoji-toggle]", this.form);
    row.append(...EMOJI.map((sign) => h("button", { type: "button", onclick: () => this.insert(sign) }, sign)));
    toggle.addEventListener("click", () => {
      row.hidden = !row.hidden;
      toggle.setAttribute("aria-expanded", String(!row.hidden));
    });
  }

  insert(sign) {
    const at = this.input.selectionEnd ?? this.input.value.length;
    this.input.setRangeText(sign, at, at, "end");
    this.noticeInput();
  }
}
