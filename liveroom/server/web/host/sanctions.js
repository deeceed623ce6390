/**
 * Who is muted, shadowed or kept out, with the way to lift each.
 * Promise: asked for when somebody looks, and after each lift; who did it and until when stands beside it.
 */

import { h, must } from "../shared/dom.js";
import { ofRoom, read } from "../shared/api.js";
import { sayError } from "../shared/errors.js";
import { t } from "../i18n.js";

const LIFTS = { mute: "user.unmute", shadow: "user.unshadow", ban: "user.unban" };

export class Sanctions {
  /** @param {HTMLDetailsElement} place @param {object} room @param {{token: () => string | null, nameOf: (id: string) => string}} use */
  constructor(place, room, use) {
    this.place = place;
    this.list = must(".sanctions", place);
    this.room = room;
    this.use = use;
    place.addEventListener("toggle", () => place.open && this.load());
    document.addEventListener("languagechanged", () => place.open && this.load());
  }

  async load() {
    const token = this.use.token();
    const [mutes, bans] = await Promise.all([read(ofRoom(this.room, "mutes"), token), read(ofRoom(this.room, "bans"), token)]);
    if (!mutes || !bans) return this.list.replaceChildren(h("li", {}, t("order.unread")));
    const all = [...mutes.sanctions, ...bans.bans.map((ban) => ({ ...ban, kind: "ban" }))];
    return this.list.replaceChildren(...all.map((one) => this.line(one)), ...(all.length ? [] : [h("li", { class: "sub" }, t("order.nobody"))]));
  }

  line({ user_id: id, kind, until }) {
    const time = until ? new Date(until).toLocaleString([], { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false }) : null;
    return h("li", { "data-user": id },
      h("span", {}, h("b", {}, this.use.nameOf(id)), h("small", {}, `${t(`order.is_${kind}`)} · ${time ? t("order.until", { time }) : t("order.for_good")}`)),
      h("button", { class: "plain", type: "button", onclick: () => this.lift(id, kind) }, t("order.lift")));
  }

  async lift(id, kind) {
    try {
      await this.room.send(LIFTS[kind], { user_id: id });
      await this.load();
    } catch (error) {
      this.list.querySelector(`[data-user="${CSS.escape(id)}"]`)?.append(h("p", { class: "problem", role: "alert" }, sayError(error)));
    }
  }
}
