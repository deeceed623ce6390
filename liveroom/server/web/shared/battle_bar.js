/**
 * The bar of a battle: a share for each side, its points, and the clock. Both pages use it.
 * Promise: it stays the same element while a battle lasts, so that shares glide; nobody's share vanishes.
 */

import { h } from "./dom.js";
import { countdown } from "./offers.js";
import { endOf, points } from "./battle.js";
import { t } from "../i18n.js";

const LEAST_SHARE = 0.16;

export class BattleBar {
  constructor() {
    this.shares = h("div", { class: "battle-shares", role: "img" });
    this.phase = h("span", {});
    this.time = h("time", {});
    this.clock = h("p", { class: "battle-clock" }, this.phase, this.time);
    this.node = h("div", { class: "battle-bar" }, this.shares, this.clock);
    this.battle = null;
  }

  /** @param {object} battle @param {object[]} sides of `sidesOf` */
  set(battle, sides) {
    this.battle = battle;
    this.node.dataset.phase = battle.status;
    this.phase.textContent = t(`battle.${battle.status}`);
    if (this.shares.children.length !== sides.length) {
      this.shares.replaceChildren(...sides.map(() => h("span", {}, h("b", { class: "number" }))));
    }
    const all = sides.reduce((sum, side) => sum + side.score, 0);
    sides.forEach((side, at) => {
      const share = this.shares.children[at];
      share.dataset.side = at + 1;
      share.style.flexGrow = Math.max(LEAST_SHARE, all ? side.score / all : 1 / sides.length);
      share.firstChild.textContent = points(side.score);
    });
    this.shares.ariaLabel = sides.map((side) => `${side.rooms.map((room) => room.host.name).join(" + ")} ${points(side.score)}`).join(" : ");
  }

  tick(now) {
    const end = this.battle && endOf(this.battle);
    this.time.textContent = end ? countdown(end - now) : "";
  }
}
