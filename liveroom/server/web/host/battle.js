/**
 * Battles as the host runs them: invite, look for an opponent, answer, fight, end, fight again.
 * Promise: each button is one that the server takes in the present state; what it refuses stands under the buttons.
 */

import { battleOf } from "../shared/battle.js";
import { h, must } from "../shared/dom.js";
import { sendTold } from "../shared/told.js";
import { BattleCalls } from "./battle_calls.js";
import { BattleFight } from "./battle_fight.js";
import { battleForm } from "./battle_form.js";
import { t } from "../i18n.js";

const TICK_MS = 500;

export class BattlePanel {
  /** @param {HTMLElement} section @param {object} room
   * @param {{now: () => number, ask: (q: object) => Promise<boolean>, onNew: () => void}} use */
  constructor(section, room, { now, ask, onNew }) {
    this.room = room;
    this.onNew = onNew;
    this.search = null;
    this.seen = [];
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.fight = new BattleFight(room, { now, ask, send: (type, data) => this.send(type, data) });
    this.calls = new BattleCalls(room, { now, send: (type, data) => this.send(type, data) });
    this.formPlace = h("div", {});
    this.stopSeeking = h("button", { class: "plain", type: "button", onclick: () => this.send("battle.stop_seeking") });
    this.searchPlace = h("div", { class: "battle-search", role: "status", hidden: true }, h("p", {}), this.stopSeeking);
    must(".battle-place", section).replaceChildren(this.fight.node, this.calls.list, this.searchPlace, this.formPlace, this.problem);
    must(".calls").append(this.calls.banner);
    this.hear();
    document.addEventListener("languagechanged", () => this.renew());
    setInterval(() => (this.fight.tick(), this.calls.tick()), TICK_MS);
    this.renew();
  }

  hear() {
    const { room } = this;
    room.on("joined", ({ me = {} }) => this.adopt(me));
    room.on("battle.invitation_changed", ({ battle }) => this.hearInvitation(battle));
    room.on("battle.search_changed", ({ search }) => {
      this.search = search;
      this.render();
    });
    room.on("state", ({ battles, totals }) => {
      const parts = [battles, totals.battle_scores];
      if (parts.some((part, at) => part !== this.seen[at])) this.render();
      this.seen = parts;
    });
    if (room.status === "joined") this.adopt(room.state.me);
  }

  hearInvitation(battle) {
    if (this.calls.hear(battle)) this.onNew();
    this.render();
  }

  /** What a join tells; of an invitation that is not there any more nothing is left. */
  adopt({ battle_invitations: open = [], battle_search: search = null }) {
    this.calls.reset(open);
    this.search = search;
    this.render();
  }

  renew() {
    this.formPlace.replaceChildren(battleForm(this.room, (type, data) => this.send(type, data)));
    must("p", this.searchPlace).textContent = t("battle.searching");
    this.stopSeeking.textContent = t("battle.stop_seeking");
    this.render();
  }

  render() {
    const battle = battleOf(this.room.state);
    const searches = this.search?.status === "searching" && !battle;
    this.fight.set(battle);
    this.calls.render(battle);
    this.formPlace.hidden = Boolean(battle) || searches || this.calls.hasOwn;
    this.searchPlace.hidden = !searches;
  }

  /** A refusal is told, not thrown. @returns {Promise<object | null>} the ack; null: refused */
  async send(type, data) {
    const ack = await sendTold(this.room, this.problem, type, data);
    if (!ack) return null;
    if (ack.battle?.status === "invited" || ack.battle?.status === "ended") this.calls.hear(ack.battle);
    if (ack.search) this.search = ack.search;
    this.render();
    return ack;
  }
}
