/**
 * A list of comments that grows: appends in batches, keeps the newest, follows the end unless the person reads back;
 * entries leave when they are taken back, and count when more people say the same.
 * Promise: a flood costs one layout a frame and never grows the page; works on entries that carry `data-comment`.
 */

import { h } from "./dom.js";
import { Follow } from "./follow.js";
import { t } from "../i18n.js";

export class Flow {
  /** @param {HTMLElement} list @param {{kept: number, newer: HTMLButtonElement, say: (unread: number) => void}} use as `Follow` takes them */
  constructor(list, { kept, newer, say }) {
    this.list = list;
    this.kept = kept;
    this.waiting = [];
    this.follow = new Follow(list, newer, say);
  }

  /** Start again with these. @param {HTMLElement[]} nodes not more than are kept */
  reset(nodes) {
    this.waiting = [];
    this.list.replaceChildren(...nodes);
    this.toEnd();
  }

  add(node) {
    this.waiting.push(node);
    if (this.waiting.length === 1) requestAnimationFrame(() => this.flush());
    if (this.waiting.length > this.kept) this.waiting.shift();
  }

  /** Put another in the place of one that is there, drawn or not yet; none: it leaves. */
  replace(old, node = null) {
    const at = this.waiting.indexOf(old);
    if (at >= 0) this.waiting.splice(at, 1, ...(node ? [node] : []));
    else if (node) old.replaceWith(node);
    else old.remove();
  }

  flush() {
    const added = this.waiting.length;
    this.list.append(...this.waiting);
    this.waiting = [];
    while (this.list.children.length > this.kept) this.list.firstElementChild.remove();
    this.follow.grew(added);
  }

  toEnd() {
    this.follow.toEnd();
  }

  get all() {
    return [...this.waiting, ...this.list.children];
  }

  /** Comments that were taken back leave at once, and what quotes them loses the quote. */
  takeBack(ids) {
    const gone = new Set(ids);
    const all = this.all;
    this.waiting = this.waiting.filter((node) => !gone.has(node.dataset.comment));
    for (const node of all) {
      if (gone.has(node.dataset.comment)) node.remove();
      else if (gone.has(node.dataset.answers)) node.querySelector(".quote")?.remove();
    }
  }

  /** So many more people have said the same, by id of the comment. */
  countSame(counts) {
    for (const node of this.all) {
      const more = counts[node.dataset.comment];
      if (more) markSame(node, Number(node.dataset.times ?? 0) + more);
    }
  }
}

/** Show that `times` more people have said this. */
export function markSame(node, times) {
  if (!times) return;
  node.dataset.times = times;
  const place = node.querySelector(".comment, .text") ?? node;
  const mark = place.querySelector(".same") ?? place.appendChild(h("b", { class: "same" }));
  mark.textContent = `×${times + 1}`;
  mark.title = t("talk.same", { count: times });
}
