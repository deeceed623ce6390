/**
 * The comments as a viewer reads them, with entries, news and orders among them, and what becomes of one's own.
 * Promise: the newest `KEPT` stay, in one layout a frame; the sender's own words appear at once.
 */

import { h, must } from "../shared/dom.js";
import { badges, isHost } from "../shared/person.js";
import { sayError } from "../shared/errors.js";
import { Flow, markSame } from "../shared/flow.js";
import { words } from "../shared/words.js";
import { language, t } from "../i18n.js";
import { OwnComments } from "./own_comments.js";

const KEPT = 120;

export class Comments {
  /** @param {HTMLElement} section @param {{onPick: (comment) => void, me: () => {id: string} | null}} use */
  constructor(section, { onPick, me }) {
    this.onPick = onPick;
    this.me = me;
    this.own = new OwnComments();
    const newer = must(".newer", section);
    const say = (count) => (must("span", newer).textContent = t("viewer.newer", { count }));
    this.flow = new Flow(must(".comments", section), { kept: KEPT, newer, say });
  }

  /** Start again from a snapshot. */
  reset(comments) {
    this.flow.reset([...comments.slice(-KEPT).map((comment) => this.line(comment)), ...this.own.unsent()]);
  }

  /** A comment of the room, or the echo of one's own. */
  add(comment) {
    const pending = comment.by.id === this.me()?.id && this.own.match(comment);
    if (pending) return this.flow.replace(pending, this.line(comment));
    this.flow.add(this.line(comment));
  }

  /** A line that tells of a moment, such as a VIP's entry. */
  addEntry({ user, effect, text }) {
    const says = text?.[language()] ?? t("viewer.entered", { name: user.name });
    this.flow.add(h("li", { class: "entered", "data-effect": effect }, ...badges(user), says));
  }

  /** A line about somebody or something, such as a level that was reached. */
  addNews(text, by) {
    this.flow.add(h("li", { class: "entered", "data-effect": "glow" }, ...(by ? badges(by) : []), text));
  }

  /** Somebody bought something, in the words of the room's scene. */
  addOrder({ text }) {
    this.flow.add(h("li", { class: "ordered" }, text[language()]));
  }

  /** Show one's own words before the server has them. @returns what `acked` and `failed` take */
  addOwn(draft) {
    const node = this.line({ ...draft, id: null }, "waiting");
    this.flow.add(node);
    this.flow.toEnd();
    return this.own.wait(node, draft.text);
  }

  acked(entry, ack) {
    this.own.know(entry, ack.comment_id);
    if (ack.duplicate && this.flow.all.some((node) => node.dataset.comment === ack.comment_id)) {
      this.own.drop(entry);
      return this.flow.replace(entry.node); // its echo was here before the answer
    }
    if (ack.held) return this.note(entry, "held", t("talk.held_own"));
    if (!ack.shed && !ack.folded) return undefined;
    this.own.drop(entry);
    return this.note(entry, null, t(ack.shed ? "viewer.shed_own" : "talk.folded_own"));
  }

  /** The staff, or the deadline, has decided about a comment that waited; a shown one comes by itself. */
  reviewed({ comment_id: id, verdict }) {
    const entry = verdict === "refused" && this.own.known(id);
    if (!entry) return;
    this.own.drop(entry);
    this.note(entry, "failed", t("talk.refused_own"));
  }

  /** Say under one's own comment what became of it. */
  note({ node }, sent, text) {
    const bubble = node.firstChild;
    if (sent) bubble.dataset.sent = sent;
    else bubble.removeAttribute("data-sent");
    bubble.querySelector(".note")?.remove();
    bubble.append(h("span", { class: "note" }, text));
    this.flow.toEnd();
  }

  /** Keep the words on the page with the reason and a way to try again. */
  failed(entry, error, again) {
    const bubble = entry.node.firstChild;
    bubble.dataset.sent = "failed";
    this.own.drop(entry);
    const retry = h("button", { class: "again", type: "button", onclick: () => (entry.node.remove(), again()) }, t("viewer.again"));
    bubble.append(h("span", { class: "note" }, sayError(error), " ", retry));
    this.flow.toEnd();
  }

  line(comment, sent) {
    const meId = this.me()?.id;
    const mine = comment.by.id === meId;
    const toMe = !mine && (comment.reply_to?.name === this.me()?.name || comment.mentions?.some((one) => one.id === meId));
    const bubble = h("div", { class: "comment", "data-from": isHost(comment.by) ? "host" : mine ? "me" : "viewer", "data-sent": sent, "data-to-me": toMe });
    if (comment.reply_to) bubble.append(h("span", { class: "quote" }, `${comment.reply_to.name}: ${comment.reply_to.text}`));
    for (const part of badges(comment.by)) if (part) bubble.append(part);
    bubble.append(h("span", { class: "who" }, `${comment.by.name}:`), ...words(comment));
    const line = h("li", { "data-comment": comment.id, "data-answers": comment.reply_to?.id }, bubble);
    markSame(line, comment.times);
    if (comment.id && !mine) makePickable(line, () => this.onPick(comment));
    return line;
  }
}

function makePickable(line, pick) {
  const bubble = line.firstChild;
  bubble.tabIndex = 0;
  bubble.setAttribute("role", "button");
  bubble.title = t("composer.reply");
  bubble.addEventListener("click", () => getSelection().isCollapsed && pick());
  bubble.addEventListener("keydown", (press) => press.key === "Enter" && pick());
}
