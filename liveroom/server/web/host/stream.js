/**
 * The comments as the host reads them: who, when, what; reply and what else can be done beside each.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { badges, face, isHost } from "../shared/person.js";
import { words } from "../shared/words.js";
import { Flow, markSame } from "../shared/flow.js";
import { t } from "../i18n.js";

const KEPT = 200;

export class Stream {
  /** @param {HTMLElement} section @param {{onReply: (comment) => void, onPerson: (by, comment) => void}} use */
  constructor(section, { onReply, onPerson }) {
    this.use = { onReply, onPerson };
    const newer = must(".newer", section);
    const say = (count) => (newer.textContent = t("viewer.newer", { count }));
    this.flow = new Flow(must(".lines", section), { kept: KEPT, newer, say });
  }

  /** @param {{ts: number, data: object}[]} events comments of a snapshot */
  reset(events) {
    this.flow.reset(events.slice(-KEPT).map((event) => this.line(event.data, event.ts)));
  }

  add(comment, at) {
    this.flow.add(this.line(comment, at));
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
}
