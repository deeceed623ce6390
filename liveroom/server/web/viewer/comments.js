/**
 * The flow of comments: appends in batches, keeps the newest `KEPT`, follows the end unless the person reads back.
 * Promise: a flood costs one layout a frame and never grows the page; the sender's own words appear at once.
 */

import { h, must } from "../shared/dom.js";
import { badges, isHost } from "../shared/person.js";
import { sayError } from "../shared/errors.js";
import { Follow } from "../shared/follow.js";
import { words } from "../shared/words.js";
import { language, t } from "../i18n.js";

const KEPT = 120;

export class Comments {
  /** @param {HTMLElement} section @param {{onPick: (comment) => void, me: () => {id: string} | null}} use */
  constructor(section, { onPick, me }) {
    this.list = must(".comments", section);
    this.onPick = onPick;
    this.me = me;
    this.waiting = [];
    this.own = new OwnComments();
    const newer = must(".newer", section);
    this.follow = new Follow(this.list, newer, (count) => (must("span", newer).textContent = t("viewer.newer", { count })));
  }

  /** Start again from a snapshot. */
  reset(comments) {
    this.waiting = [];
    this.list.replaceChildren(...comments.slice(-KEPT).map((comment) => this.line(comment)), ...this.own.unsent());
    this.follow.toEnd();
  }

  /** A comment of the room, or the echo of one's own. */
  add(comment) {
    const pending = comment.by.id === this.me()?.id && this.own.match(comment);
    if (pending) return pending.replaceWith(this.line(comment));
    this.enqueue(this.line(comment));
  }

  /** A line that tells of a moment, such as a VIP's entry. */
  addEntry({ user, effect }) {
    this.enqueue(h("li", { class: "entered", "data-effect": effect }, ...badges(user), t("viewer.entered", { name: user.name })));
  }

  /** Somebody bought something, in the words of the room's scene. */
  addOrder({ text }) {
    this.enqueue(h("li", { class: "ordered" }, text[language()]));
  }

  /** Show one's own words before the server has them. @returns what `acked` and `failed` take */
  addOwn(draft) {
    const node = this.line({ ...draft, id: null }, "waiting");
    this.enqueue(node);
    this.follow.toEnd();
    return this.own.wait(node, draft.text);
  }

  acked(entry, ack) {
    this.own.know(entry, ack.comment_id);
    if (ack.shed) {
      this.own.drop(entry);
      entry.node.firstChild.removeAttribute("data-sent");
      entry.node.firstChild.append(h("span", { class: "note" }, t("viewer.shed_own")));
    }
  }

  /** Keep the words on the page with the reason and a way to try again. */
  failed(entry, error, again) {
    const bubble = entry.node.firstChild;
    bubble.dataset.sent = "failed";
    this.own.drop(entry);
    const retry = h("button", { class: "again", type: "button", onclick: () => (entry.node.remove(), again()) }, t("viewer.again"));
    bubble.append(h("span", { class: "note" }, sayError(error), " ", retry));
    this.follow.toEnd();
  }

  enqueue(node) {
    this.waiting.push(node);
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

  line(comment, sent) {
    const meId = this.me()?.id;
    const mine = comment.by.id === meId;
    const toMe = !mine && (comment.reply_to?.name === this.me()?.name || comment.mentions?.some((one) => one.id === meId));
    const bubble = h("div", { class: "comment", "data-from": isHost(comment.by) ? "host" : mine ? "me" : "viewer", "data-sent": sent, "data-to-me": toMe });
    if (comment.reply_to) bubble.append(h("span", { class: "quote" }, `${comment.reply_to.name}: ${comment.reply_to.text}`));
    for (const part of badges(comment.by)) if (part) bubble.append(part);
    bubble.append(h("span", { class: "who" }, `${comment.by.name}:`), ...words(comment));
    const line = h("li", { "data-comment": comment.id }, bubble);
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

/** One's own comments between sending and echo; acknowledgement and echo may come in either order. */
class OwnComments {
  constructor() {
    this.entries = [];
    this.echoed = new Set();
  }

  wait(node, text) {
    const entry = { node, text, id: null };
    this.entries.push(entry);
    return entry;
  }

  know(entry, id) {
    entry.id = id;
    if (this.echoed.delete(id)) this.drop(entry);
  }

  match(comment) {
    const entry = this.entries.find((one) => one.id === comment.id) ?? this.entries.find((one) => one.id === null && one.text === comment.text);
    if (!entry) return null;
    if (entry.id === null) this.echoed.add(comment.id);
    this.drop(entry);
    return entry.node;
  }

  drop(entry) {
    this.entries = this.entries.filter((one) => one !== entry);
  }

  unsent() {
    return this.entries.map((entry) => entry.node);
  }
}
