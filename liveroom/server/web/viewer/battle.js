/**
 * A battle on the viewer's page: the bar, a pane for each host, the vote, the boost that holds, and the result.
 * Promise: what is shown is the server's; a pane stays the same element while its room is in the battle.
 */

import { battleOf, boostOf, endOf, isDecided, isFighting, points, roundOf, scoreTerms, sidesOf } from "../shared/battle.js";
import { BattleBar } from "../shared/battle_bar.js";
import { face } from "../shared/person.js";
import { h } from "../shared/dom.js";
import { sayError } from "../shared/errors.js";
import { BattleSheet } from "./battle_sheet.js";
import { Pane } from "./battle_pane.js";
import { t } from "../i18n.js";

const TICK_MS = 250;
const FACES = 3;

export class Battle {
  /** @param {HTMLElement} place
   * @param {{room: object, now: () => number, me: () => object | null, tell: (text: string) => void, currency: () => string | undefined}} use `currency`: of gifts */
  constructor(place, { room, now, me, tell, currency }) {
    Object.assign(this, { place, room, now, me, tell });
    this.battle = null;
    this.panes = new Map();
    this.vote = null;
    this.given = "";
    this.seen = [];
    this.bar = new BattleBar();
    this.count = h("b", { class: "battle-count", "aria-hidden": "true" });
    this.grid = h("div", { class: "panes" }, this.count);
    this.line = h("p", { class: "battle-line", role: "status" });
    this.friends = h("span", { class: "faces", "aria-hidden": "true" });
    this.foes = h("span", { class: "faces", "aria-hidden": "true" });
    this.more = h("button", { class: "battle-foot", type: "button" }, this.friends, this.line, this.foes);
    this.sheet = new BattleSheet(this.more, currency);
    place.replaceChildren(this.bar.node, this.grid, this.more);
    room.on("state", ({ battles, totals }) => this.isNew(battles, totals.battle_scores) && this.render());
    room.on("gift.sent", ({ by }) => by.id === this.me()?.id && this.battle && (this.given = roundKey(this.battle)));
    document.addEventListener("languagechanged", () => this.render());
    setInterval(() => this.tick(), TICK_MS);
    this.render();
  }

  /** Comments change the state too. */
  isNew(...parts) {
    const isSame = parts.every((part, at) => part === this.seen[at]);
    this.seen = parts;
    return !isSame;
  }

  render() {
    const battle = battleOf(this.room.state);
    const before = this.battle;
    this.battle = battle ?? null;
    this.place.hidden = !battle;
    this.place.closest(".phone").toggleAttribute("data-battle", Boolean(battle));
    if (!battle) return before && this.left();
    const sides = sidesOf(battle, this.room.name, this.room.state.totals);
    this.place.dataset.phase = battle.status;
    this.place.dataset.sides = sides.length;
    this.place.dataset.mode = battle.mode;
    this.more.ariaLabel = t("battle.details");
    this.bar.set(battle, sides);
    this.renderPanes(battle, sides);
    this.renderFaces(sides);
    this.sheet.set(battle, sides);
    if (before?.id !== battle.id || before.status !== battle.status) this.announce(battle, sides);
    return this.tick();
  }

  renderPanes(battle, sides) {
    const rooms = sides.flatMap((side, at) => side.rooms.map((room) => ({ ...room, sideAt: at + 1, outcome: side.outcome })));
    const names = new Set(rooms.map(({ room }) => room));
    for (const [name, pane] of this.panes) {
      if (names.has(name)) continue;
      pane.node.remove();
      this.panes.delete(name);
    }
    const alone = rooms.length === sides.length;
    rooms.forEach((room, at) => {
      const pane = this.panes.get(room.room) ?? new Pane(room, () => this.cast(room.room));
      this.panes.set(room.room, pane);
      if (this.grid.children[at] !== pane.node) this.grid.insertBefore(pane.node, this.grid.children[at]);
      pane.set(room, { own: room.room === this.room.name, alone, vote: this.voteWords(battle, room.room) });
    });
    this.grid.dataset.panes = rooms.length;
    document.dispatchEvent(new Event("cameraplaces"));
  }

  /** What stands on the vote of a room: null: there is none. */
  voteWords(battle, room) {
    const each = scoreTerms(battle).vote;
    if (!isFighting(battle) || each === 0 || (this.me()?.guest ?? true)) return null;
    if (!this.isVoted(battle)) return { text: t("battle.vote", { points: each }), may: true };
    return this.vote.to === room ? { text: t("battle.voted"), may: false } : null;
  }

  isVoted(battle) {
    return this.vote?.round === roundKey(battle);
  }

  renderFaces(sides) {
    const of = (side) => (side?.rooms.flatMap((room) => room.supporters) ?? []).sort((a, b) => b.points - a.points).slice(0, FACES).map(({ user }) => face(user.name));
    this.friends.replaceChildren(...of(sides[0]));
    this.foes.replaceChildren(...sides.slice(1).flatMap(of).slice(0, FACES));
  }

  async cast(to) {
    const { id } = this.battle;
    const mine = { round: roundKey(this.battle), to };
    try {
      const { outcome, points: made = 0 } = await this.room.send("battle.vote", { battle: id, to });
      if (outcome === "counted" || outcome === "already_voted") this.vote = mine;
      this.tell(t(`vote.${outcome}`, { points: made }));
    } catch (error) {
      this.tell(sayError(error));
    }
    this.render();
  }

  announce(battle, sides) {
    const words = { ready: "battle.begins", running: "battle.on", overtime: "battle.goes_on" }[battle.status];
    const rivals = sides.slice(1).flatMap((side) => side.rooms.map((room) => room.host.name)).join(", ");
    if (words) this.tell(t(words, { name: rivals }));
    else if (battle.status === "settled") this.tell(t(`battle.${sides[0].outcome || "draw"}_line`));
  }

  left() {
    this.panes.clear();
    this.grid.replaceChildren(this.count);
    this.sheet.close();
    document.dispatchEvent(new Event("cameraplaces"));
    this.tell(t("battle.ended"));
  }

  tick() {
    const { battle } = this;
    if (!battle) return;
    const now = this.now();
    this.bar.tick(now);
    this.count.textContent = battle.status === "ready" ? Math.max(1, Math.ceil((endOf(battle) - now) / 1000)) : "";
    this.say(this.words(battle, now));
  }

  /** The one line under the panes. */
  words(battle, now) {
    const boost = boostOf(battle, this.room.name, this.room.state.totals, now);
    if (boost && !(boost.kind === "first" && this.given === roundKey(battle))) return t(`boost.${boost.kind}`, { ...boost, made: points(boost.made ?? 0), target: points(boost.target ?? 0) });
    const away = battle.parties.find((party) => party.away && !party.out);
    if (away && !isDecided(battle)) return t("battle.away_line", { name: away.host.name });
    return t(`battle.${battle.status}_line`);
  }

  say(text) {
    if (this.line.textContent !== text) this.line.textContent = text;
  }
}

const roundKey = (battle) => `${battle.id} ${roundOf(battle)}`;
