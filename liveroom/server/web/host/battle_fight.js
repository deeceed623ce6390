/**
 * The battle that runs, as the host sees it: the bar, every room with its points and marks, and what can be done now.
 */

import { h } from "../shared/dom.js";
import { face } from "../shared/person.js";
import { BattleBar } from "../shared/battle_bar.js";
import { isFighting, points, sidesOf } from "../shared/battle.js";
import { t } from "../i18n.js";

export class BattleFight {
  /** @param {object} room @param {{now: () => number, ask: (q: object) => Promise<boolean>, send: (type: string, data: object) => Promise<object | null>}} use */
  constructor(room, { now, ask, send }) {
    Object.assign(this, { room, now, ask, send });
    this.bar = new BattleBar();
    this.rooms = h("ol", { class: "battle-rooms" });
    this.line = h("p", { class: "sub", role: "status" });
    this.does = h("div", { class: "card-does" });
    this.cameras = h("div", { class: "battle-cameras" });
    this.node = h("div", { class: "fight", hidden: true }, this.bar.node, this.cameras, this.rooms, this.line, this.does);
    this.offered = "";
  }

  /** @param {object | undefined} battle */
  set(battle) {
    this.battle = battle;
    this.node.hidden = !battle;
    if (!battle) return;
    const sides = sidesOf(battle, this.room.name, this.room.state.totals);
    this.bar.set(battle, sides);
    this.rooms.replaceChildren(...sides.flatMap((side, at) => side.rooms.map((party) => line(party, at + 1, side.outcome))));
    this.line.textContent = this.words(battle, sides);
    this.offer(battle);
    this.showCameras(sides);
    this.tick();
  }

  /** Places for the pictures of the rivals. */
  showCameras(sides) {
    const rivals = sides.flatMap((side) => side.rooms).filter((party) => party.room !== this.room.name);
    const wanted = rivals.map((party) => party.host.id);
    const present = [...this.cameras.children].map((node) => node.dataset.camera);
    if (wanted.join(" ") === present.join(" ")) return;
    this.cameras.replaceChildren(...rivals.map(({ host }) => h("div", { class: "camera", "data-camera": host.id, "data-hears": "" }, h("span", {}, host.name))));
    document.dispatchEvent(new Event("cameraplaces"));
  }

  tick() {
    if (this.battle) this.bar.tick(this.now());
  }

  own(battle) {
    return battle.parties.find((party) => party.room === this.room.name) ?? {};
  }

  words(battle, sides) {
    const others = battle.parties.filter((party) => party.room !== this.room.name);
    const names = (of) => others.filter(of).map((party) => party.host.name).join(", ");
    const agreeing = names((party) => party.agrees);
    const again = names((party) => party.rematch);
    if (agreeing) return t(isFighting(battle) ? "battle.they_end" : "battle.they_cut_short", { name: agreeing });
    if (again) return t("battle.they_again", { name: again });
    if (this.own(battle).rematch || this.own(battle).agrees) return t("battle.waiting_others");
    return battle.status === "settled" ? t(`battle.${sides[0].outcome || "draw"}_line`) : t(`battle.${battle.status}_line`);
  }

  /** The buttons stay the same ones while what is possible does. */
  offer(battle) {
    const possible = possibleNow(battle, this.own(battle));
    const offered = `${battle.id} ${possible.join(" ")} ${document.documentElement.lang}`;
    if (offered === this.offered) return;
    this.offered = offered;
    this.does.replaceChildren(...possible.map((does) =>
      h("button", { type: "button", "data-does": does, onclick: (event) => this.carryOut(does, event.currentTarget) }, t(`battle.does_${does}`))));
  }

  async carryOut(does, button) {
    if (does === "quit" && !(await this.ask({ title: t("battle.quit_title"), body: t("battle.quit_body"), yes: t("battle.does_quit") }))) return;
    button.disabled = true;
    await this.send(`battle.${does}`, { battle: this.battle.id }); // a refusal is told under the buttons
    button.disabled = false;
  }
}

/** @returns {string[]} commands, the one that is most likely wanted first */
function possibleNow({ status }, { agrees, rematch, out }) {
  if (status === "ready") return out ? [] : ["quit"];
  if (status === "running" || status === "overtime") return out ? [] : [agrees ? "go_on" : "agree_end", "quit"];
  if (status === "punishment") return [...(rematch ? [] : ["rematch"]), ...(agrees ? [] : ["cut_short"])];
  if (status === "rematch") return [...(rematch ? [] : ["rematch"]), "decline_rematch"];
  return status === "settled" && !rematch ? ["rematch"] : [];
}

function line({ room, host, score, away, out, wins, supporters }, side, outcome) {
  const mark = outcome || out || (away ? "away" : "");
  return h("li", { "data-side": side, "data-room": room, "data-mark": mark },
    face(host.name),
    h("span", {}, h("b", {}, host.name), h("small", {}, [room, wins > 0 && t("battle.wins", { count: wins })].filter(Boolean).join(" · ")),
      supporters.length > 0 && h("small", {}, t("battle.top", { names: supporters.map(({ user }) => user.name).join(", ") }))),
    mark && h("span", { class: "mark" }, t(`battle.mark_${mark}`)),
    h("b", { class: "number" }, points(score)));
}
