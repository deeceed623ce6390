/**
 * The comments as the host reads them: who, when, what; reply and what else can be done beside each.
 * Promise: keeps the newest `KEPT`; follows the end unless the host reads back; one layout a frame in a flood.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { badges, face, isHost } from "../shared/person.js";
import { words } from "../shared/words.js";
import { Follow } from "../shared/follow.js";
import { countSame, markSame, takeBack } from "../shared/taken_back.js";
import { t } from "../i18n.js";

const KEPT = 200;

export class Stream {
  /** @param {HTMLElement} section @param {{onReply: (comment) => void, onPerson: (by, comment) => void}} use */
  constructor(section, { onReply, onPerson }) {
    this.list = must(".lines", section);
    this.use = { onReply, onPerson };
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
    const line = h("li", { class: "said", "data-from": isHost(by) ? "host" : "viewer", "data-question": Boolean(comment.question), "data-comment": comment.id, "data-answers": comment.reply_to?.id },
      face(by.name),
      h("div", {}, who, quote, h("div", { class: "text" }, ...words(comment))),
      this.actions(comment));
    markSame(line, comment.times);
    return line;
  }

  actions(comment) {
    const { by } = comment;
    const reply = h("button", { type: "button", onclick: () => this.use.onReply(comment), "aria-label": `${t("host.reply")} ${by.name}` }, icon("reply"), h("span", {}, t("host.reply")));
    const more = h("button", { type: "button", "data-more": "", onclick: () => this.use.onPerson(by, comment), "aria-label": `${t("order.more")} ${by.name}` }, icon("more"));
    return h("div", { class: "does" }, reply, more);
  }

  /** Comments that were taken back leave, and what quotes them loses the quote. */
  takeBack(ids) {
    this.waiting = this.waiting.filter((node) => !ids.includes(node.dataset.comment));
    takeBack([...this.waiting, ...this.list.children], ids);
  }

  /** More people have said the same. */
  countSame(counts) {
    countSame([...this.waiting, ...this.list.children], counts);
  }
}
