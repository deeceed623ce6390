/**
 * Who is here, and where one stands oneself: the level with what the next one needs, the fan club, the lists.
 * Promise: levels and points are the server's; joining the club is one tap, leaving it another; points that come
 * meanwhile sweep away no button.
 */

import { h, must } from "../shared/dom.js";
import { levelBadge } from "../shared/person.js";
import { count } from "../shared/numbers.js";
import { People } from "../shared/people.js";
import { sayError } from "../shared/errors.js";
import { Sheet } from "./sheet.js";
import { t } from "../i18n.js";

const LISTS = ["audience", "points", "club"];

export class Standing {
  /** @param {HTMLElement} phone @param {{room: object, me: () => {guest: boolean} | null, tell: (text: string) => void}} use */
  constructor(phone, { room, me, tell }) {
    const dialog = must(".people-sheet", phone);
    this.room = room;
    this.me = me;
    this.tell = tell;
    this.mine = must(".standing", dialog);
    this.own = h("div", { class: "own-level" });
    this.club = h("span", {});
    this.join = h("button", { type: "button", onclick: () => this.toggle(Boolean(this.level.club)) });
    this.mine.append(this.own, h("div", { class: "own-club" }, this.club, this.join));
    this.people = new People(dialog, room, { lists: LISTS });
    this.sheet = new Sheet(dialog, { onOpen: () => this.open() });
    this.sheet.openedBy(must(".audience", phone));
    this.level = null;
    room.on("joined", () => this.set(room.state.me.level));
    room.on("level.changed", ({ level }) => this.hear(level));
    document.addEventListener("languagechanged", () => this.render());
    this.set(room.state.me.level);
  }

  open() {
    this.render();
    this.people.open(this.people.chosen ?? "audience");
  }

  /** A level that was reached just now is told; the first one of a page is not news. */
  hear(level) {
    const { level: before, club } = this.level ?? {};
    this.set(level);
    if (before !== undefined && level.level > before) this.tell(t("level.up", { level: level.level }));
    if (club && level.club?.level > club.level) this.tell(t("club.up", { level: level.club.level }));
  }

  set(level) {
    this.level = level ?? null;
    this.render();
  }

  render() {
    this.mine.hidden = !this.level || (this.me()?.guest ?? true);
    if (this.mine.hidden) return;
    const { level, points, next, club } = this.level;
    const says = next ? t("level.next", { count: count(Math.max(0, next - points)) }) : t("level.top");
    const part = h("i", {});
    part.style.width = `${Math.min(100, Math.round((100 * points) / Math.max(1, next ?? points)))}%`;
    this.own.replaceChildren(h("span", {}, levelBadge(level), h("b", {}, t("level.points", { count: count(points) }))), h("small", {}, says), h("span", { class: "meter", "aria-hidden": "true" }, part));
    this.club.replaceChildren(club ? t("club.mine", { level: club.level }) : t("club.none"), h("small", {}, this.members()));
    this.join.className = club ? "plain" : "primary";
    this.join.textContent = t(club ? "club.leave" : "club.join");
  }

  members() {
    const { members } = this.room.state.totals.club_size ?? {};
    return members ? t("club.members", { count: count(members) }) : "";
  }

  async toggle(inside) {
    try {
      const { club } = await this.room.send(inside ? "club.leave" : "club.join", {});
      const { club: before, ...level } = this.level;
      this.set(club ? { ...level, club } : inside ? level : { ...level, club: before });
      if (this.people.chosen === "club") this.people.open("club");
    } catch (error) {
      this.tell(sayError(error));
    }
  }
}
