/**
 * Who waits for the stage, first come first, and who was invited and has not answered yet.
 * Promise: the newest queue that the server told; a line stays the same element while others come and go, so that a
 * press on its button counts, and one that comes takes no press meant for what was there; the focus stays.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { face } from "../shared/person.js";
import { countdown } from "../shared/offers.js";
import { SteadyList } from "../shared/steady.js";
import { t } from "../i18n.js";

const EMPTY = { version: 0, waiting: [], total: 0, invited: [], reserved: [] };

export class StageQueue {
  /** @param {{now: () => number, send: (type: string, data: object) => Promise<boolean>}} use */
  constructor({ now, send }) {
    Object.assign(this, { now, send });
    this.queue = EMPTY;
    this.head = h("h3", {});
    this.list = h("ol", { class: "applicants" });
    this.invited = h("ul", { class: "applicants" });
    this.lines = new SteadyList(this.list, (one) => this.line(one), { settles: true });
    this.sentLines = new SteadyList(this.invited, (one) => this.sent(one));
    this.none = h("p", { class: "empty" });
    this.node = h("div", { class: "stage-queue" }, this.invited, this.head, this.list, this.none);
    this.render();
  }

  /** Of a join: it is the whole. */
  reset(queue = EMPTY) {
    this.queue = queue;
    this.render();
  }

  /** @param {object} queue @returns {boolean} somebody new waits */
  set(queue) {
    if (queue.version < this.queue.version) return false;
    const known = new Set(this.queue.waiting.map(({ user }) => user.id));
    this.queue = queue;
    this.render();
    return queue.waiting.some(({ user }) => !known.has(user.id));
  }

  render() {
    const { waiting, total, invited } = this.queue;
    const focus = document.activeElement?.dataset?.focus;
    this.head.textContent = t("stage.queue", { count: total });
    const { lang } = document.documentElement;
    this.lines.show(waiting.map((one) => ({ ...one, id: one.user.id, lang })));
    waiting.forEach(({ user }, at) => (must(".place", this.lines.node(user.id)).textContent = at + 1));
    this.sentLines.show(invited.map((one) => ({ ...one, id: one.user.id, lang })));
    this.none.textContent = t("stage.nobody_waits");
    this.none.hidden = waiting.length > 0;
    if (focus) this.node.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
    this.tick();
  }

  line({ user, kind, line, away }) {
    const act = (does) => ({ type: "button", "data-does": does, "data-focus": `${does} ${user.id}`, "aria-label": `${t(`stage.${does}`)} ${user.name}`, onclick: () => this.send(`stage.${does}`, { user_id: user.id }) });
    return h("li", { "data-user": user.id, "data-away": away },
      h("span", { class: "place" }), face(user.name),
      h("span", { class: "who" }, h("b", {}, user.name, icon(kind === "video" ? "camera" : "mic")), line && h("small", {}, line), away && h("small", {}, t("seat.away"))),
      h("button", { class: "plain", ...act("refuse") }, icon("close")),
      h("button", { class: "primary", ...act("accept") }, t("stage.accept")));
  }

  sent({ user, seat, expires_at: until }) {
    return h("li", { "data-user": user.id },
      h("span", { class: "place" }), face(user.name),
      h("span", { class: "who" }, h("b", {}, user.name), h("small", {}, t("stage.invited", { seat }), " ", h("time", { "data-until": until }))),
      h("button", { class: "plain", type: "button", "data-does": "withdraw", "data-focus": `withdraw ${user.id}`, onclick: () => this.send("stage.withdraw", { user_id: user.id }) }, t("stage.withdraw")));
  }

  tick() {
    for (const time of this.invited.querySelectorAll("time")) time.textContent = countdown(Number(time.dataset.until) - this.now());
  }
}
