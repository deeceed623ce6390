/**
 * What waits for the staff: comments before others see them, and people who ask to be let in again.
 * Promise: a card leaves when the server says that it is decided, by whomever; its deadline counts down by the
 * server's clock; one that comes takes no press meant for what was there.
 */

import { countdown } from "../shared/offers.js";
import { h, must, settle } from "../shared/dom.js";
import { badges } from "../shared/person.js";
import { sayError } from "../shared/errors.js";
import { t, tOptional } from "../i18n.js";

const TICK_MS = 1_000;

export class HeldQueue {
  /** @param {HTMLElement} place @param {object} room @param {{now: () => number, nameOf: (id: string) => string, onNew: () => void}} use
   * @param {[string, object][]} heard what was told since the last join */
  constructor(place, room, use, heard) {
    this.list = must(".held", place);
    this.room = room;
    this.use = use;
    this.cards = new Map();
    room.on("joined", ({ me = {} }) => this.reset(me));
    const hears = {
      "comment.held": ({ held }) => this.add(held),
      "comment.reviewed": ({ comment_id: id }) => this.drop(id),
      "appeal.changed": ({ appeal }) => this.hearAppeal(appeal),
    };
    for (const [kind, hear] of Object.entries(hears)) room.on(kind, hear);
    this.reset(room.state.me);
    for (const [kind, data] of heard) hears[kind](data);
    document.addEventListener("languagechanged", () => this.renew());
    setInterval(() => this.tick(), TICK_MS);
  }

  reset({ held = [], appeals = [] }) {
    this.cards.clear();
    this.list.replaceChildren();
    for (const one of held) this.add(one);
    for (const appeal of appeals) this.hearAppeal(appeal);
  }

  /** All cards anew, in another language. */
  renew() {
    const waiting = [...this.cards.values()].map(({ facts }) => facts);
    this.cards.clear();
    this.list.replaceChildren();
    for (const facts of waiting) if (facts.comment) this.add(facts); else this.hearAppeal(facts);
  }

  add(held) {
    const { comment, reason, found = [] } = held;
    if (this.cards.has(comment.id)) return;
    const why = tOptional(`held.${reason}`) ?? reason;
    this.put(comment.id, held,
      h("span", { class: "who" }, h("b", {}, comment.by.name), ...badges(comment.by)),
      h("p", {}, comment.text),
      h("small", {}, [why, ...found].join(" · ")),
      this.choice(comment.id, "comment.review", { comment_id: comment.id }, "publish", ["held.publish", "held.refuse"]));
  }

  hearAppeal(appeal) {
    const id = `appeal ${appeal.user_id}`;
    this.drop(id);
    if (appeal.status !== "open") return;
    this.put(id, appeal,
      h("span", { class: "who" }, h("b", {}, this.use.nameOf(appeal.user_id))),
      h("p", {}, appeal.text),
      h("small", {}, t("held.appeal")),
      this.choice(id, "appeal.decide", { user_id: appeal.user_id }, "grant", ["held.grant", "held.deny"]));
  }

  put(id, facts, ...parts) {
    const time = h("time", {});
    const node = h("li", { class: "act", "data-held": id }, time, ...parts);
    this.cards.set(id, { node, time, facts, until: facts.until });
    this.list.append(settle(node));
    this.tick();
    this.use.onNew();
  }

  choice(id, type, facts, field, [yes, no]) {
    const decide = async (value) => {
      const { node } = this.cards.get(id);
      node.querySelector(".problem")?.remove();
      try {
        await this.room.send(type, { ...facts, [field]: value });
        this.drop(id);
      } catch (error) {
        node.append(h("p", { class: "problem", role: "alert" }, sayError(error)));
      }
    };
    return h("div", { class: "card-does" },
      h("button", { type: "button", "data-does": "activate", onclick: () => decide(true) }, t(yes)),
      h("button", { type: "button", "data-does": "refuse", onclick: () => decide(false) }, t(no)));
  }

  drop(id) {
    this.cards.get(id)?.node.remove();
    this.cards.delete(id);
  }

  tick() {
    for (const { time, until } of this.cards.values()) if (until) time.textContent = countdown(until - this.use.now());
  }
}
