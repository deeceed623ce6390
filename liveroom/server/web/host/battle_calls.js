/**
 * Invitations to battles: those that wait for this host stand on top of the console whatever is open, since there are
 * only seconds; the own ones stand in the panel.
 * Promise: one that is over, or was answered elsewhere, is gone; the newest version of each is shown; a press meant for what
 * was there before is no answer, and one on an answer counts while others come and go.
 */

import { h } from "../shared/dom.js";
import { face } from "../shared/person.js";
import { countdown } from "../shared/offers.js";
import { SteadyList } from "../shared/steady.js";
import { t } from "../i18n.js";

const KNOWN_MS = 60_000;

export class BattleCalls {
  /** @param {object} room @param {{now: () => number, send: (type: string, data: object) => Promise<object | null>}} use */
  constructor(room, { now, send }) {
    Object.assign(this, { room, now, send });
    this.open = new Map();
    this.over = new Map();
    this.banner = h("ul", { class: "battle-calls" });
    this.list = h("ul", { class: "own-calls" });
    this.calls = new SteadyList(this.banner, (call) => this.call(call), { settles: true });
    this.sentLines = new SteadyList(this.list, (call) => this.sent(call));
    this.drawn = "";
  }

  /** @param {object[]} views of a join */
  reset(views) {
    this.open.clear();
    for (const view of views) this.hear(view);
  }

  /** @param {object} battle @returns {boolean} a new one that waits for this host */
  hear(battle) {
    const known = Math.max(this.open.get(battle.id)?.version ?? 0, this.over.get(battle.id) ?? 0);
    if (battle.version < known) return false;
    const isNew = !this.open.has(battle.id);
    if (battle.status !== "invited") this.close(battle);
    else this.open.set(battle.id, battle);
    return isNew && battle.status === "invited" && this.waits(battle);
  }

  close(battle) {
    this.open.delete(battle.id);
    this.over.set(battle.id, battle.version);
    setTimeout(() => this.over.delete(battle.id), KNOWN_MS);
  }

  waits({ parties }) {
    return parties.some((party) => party.room === this.room.name && party.answer === "waiting");
  }

  /** Whether an invitation of one's own, or one that was accepted, waits for others. */
  get hasOwn() {
    return this.current().some((battle) => !this.waits(battle));
  }

  current() {
    const now = this.now();
    return [...this.open.values()].filter((battle) => (battle.until ?? Infinity) > now);
  }

  /** @param {object | undefined} battle that runs: nobody can accept meanwhile */
  render(battle) {
    const current = this.current();
    const drawn = `${document.documentElement.lang} ${battle?.id} ${current.map(({ id, version }) => `${id}:${version}`)}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.battle = battle;
    const { lang } = document.documentElement;
    const facts = current.map((each) => ({ ...each, lang }));
    this.calls.show(battle ? [] : facts.filter((each) => this.waits(each)));
    this.sentLines.show(facts.filter((each) => !this.waits(each)));
    this.tick();
  }

  call(battle) {
    const inviter = battle.parties.find((party) => party.room === battle.by) ?? battle.parties[0];
    const says = battle.mode === "duel" ? "call.duel" : "call.many";
    return h("li", { "data-battle": battle.id },
      face(inviter.host.name),
      h("p", {}, h("b", {}, t(says, { name: inviter.host.name })), h("small", {}, t("call.facts", { mode: t(`mode.${battle.mode}`), minutes: minutes(battle.duration_s) }), " · ", h("time", {}))),
      h("button", { class: "plain", type: "button", "data-does": "refuse", onclick: () => this.answer("refuse", battle) }, t("call.refuse")),
      h("button", { class: "primary", type: "button", "data-does": "accept", onclick: () => this.answer("accept", battle) }, t("call.accept")));
  }

  sent(battle) {
    const others = battle.parties.filter((party) => party.room !== this.room.name);
    const own = battle.by === this.room.name;
    return h("li", { "data-battle": battle.id },
      h("p", {}, h("b", {}, t(own ? "call.sent" : "call.joined")), " ", h("time", {})),
      h("ul", {}, ...others.map((party) => h("li", { "data-answer": party.answer }, h("span", {}, party.host.name), h("small", {}, t(`answer.${party.answer}`))))),
      h("button", { class: "plain", type: "button", onclick: () => this.answer(own ? "cancel" : "refuse", battle) }, t(own ? "call.cancel" : "call.leave")));
  }

  tick() {
    const now = this.now();
    for (const { id, until } of this.open.values()) {
      for (const place of [this.banner, this.list]) {
        const time = place.querySelector(`[data-battle="${CSS.escape(id)}"] time`);
        if (time) time.textContent = until ? countdown(until - now) : "";
      }
    }
    this.render(this.battle);
  }

  answer(does, battle) {
    return this.send(`battle.${does}`, { battle: battle.id });
  }
}

const minutes = (seconds) => (seconds % 60 === 0 ? seconds / 60 : (seconds / 60).toFixed(1));
