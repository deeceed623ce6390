/**
 * The comments as the host reads them: who, when, what; reply and ban beside each.
 * Promise: keeps the newest `KEPT`; follows the end unless the host reads back; one layout a frame in a flood.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { badges, face, isHost } from "../shared/person.js";
import { words } from "../shared/words.js";
import { Follow } from "../shared/follow.js";
import { t } from "../i18n.js";

const KEPT = 200;
const STAFF = new Set(["host", "moderator", "operator", "service"]);

export class Stream {
  /** @param {HTMLElement} section @param {{onReply: (comment) => void, onBan: (by) => void}} use */
  constructor(section, { onReply, onBan }) {
    this.list = must(".lines", section);
    this.use = { onReply, onBan };
    this.waiting = [];
    const newer = must(".newer", section);
    this.follow = new Follow(this.list, newer, (count) => (newer.textContent = t("viewer.newer", { count })));
  }

  /** @param {{ts: number, data: object}[]} events comments of a snapshot */
  reset(events) {
    this.waiting = [];
    this.list.replaceChildren(...events.slice(-KEPT).map((event) => this.line(event.data, event.ts)));
    this.follow.toEnd();
  }

  add(comment, at) {
    this.waiting.push(this.line(comment, at));
    if (this.waiting.length === 1) requestAnimationFrame(() => this.flush());
    if (this.waiting.length > KEPT) this.waiting.shift();
  }

  flush() {
    const added = this.waiting.length;
    this.list.append(...this.waiting);
    this.waiting = [];
    while (this.list.children.length > KEPT) this.list.firstElementChild.remove();
    this.follow.grew(added);
  }

  line(comment, at) {
    const { by } = comment;
    const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    const question = comment.question && h("span", { class: "tag tag-question" }, t("host.question"));
    const who = h("div", { class: "who" }, h("b", {}, by.name), ...badges(by), question, h("time", {}, time));
    const quote = comment.reply_to && h("span", { class: "quote" }, `${comment.reply_to.name}: ${comment.reply_to.text}`);
    return h("li", { class: "said", "data-from": isHost(by) ? "host" : "viewer", "data-question": Boolean(comment.question), "data-comment": comment.id },
      face(by.name),
      h("div", {}, who, quote, h("div", { class: "text" }, ...words(comment))),
      this.actions(comment));
  }

  actions(comment) {
    const { by } = comment;
    const reply = h("button", { type: "button", onclick: () => this.use.onReply(comment), "aria-label": `${t("host.reply")} ${by.name}` }, icon("reply"), h("span", {}, t("host.reply")));
    const ban = !STAFF.has(by.role) && h("button", { type: "button", "data-ban": "", onclick: () => this.use.onBan(by), "aria-label": `${t("host.ban")} ${by.name}` }, icon("ban"), h("span", {}, t("host.ban")));
    return h("div", { class: "does" }, reply, ban);
  }
}
