/**
 * The seats in the console: a tile for each guest with what the staff can do, a line for each seat without one.
 * Promise: a button stays the same element until what it does has changed.
 */

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { countdown } from "../shared/offers.js";
import { SeatTile, layTiles } from "../shared/seat_tile.js";
import { signsOf, takenSeats } from "../shared/seats.js";
import { SteadyList } from "../shared/steady.js";
import { t } from "../i18n.js";

const SEAT_DOES = { free: "lock", locked: "unlock", reserved: "unlock" };

export class StageSeats {
  /** @param {object} room @param {{now: () => number, ask: (q: object) => Promise<boolean>, send: (type: string, data: object) => Promise<boolean>}} use */
  constructor(room, { now, ask, send }) {
    Object.assign(this, { room, now, ask, send });
    this.tiles = new Map();
    this.guests = h("ul", { class: "guests" });
    this.free = h("ul", { class: "free-seats", "aria-label": t("stage.seats") });
    this.freeLines = new SteadyList(this.free, (seat) => this.freeSeat(seat));
    this.none = h("p", { class: "empty" });
    this.node = h("div", { class: "stage-seats" }, this.guests, this.free, this.none);
  }

  /** @param {object | undefined} stage */
  render(stage) {
    this.stage = stage;
    const taken = takenSeats(stage);
    const air = this.room.state.totals.media_stage;
    layTiles(this.guests, this.tiles, taken, (guest) => signsOf(guest, air), (seat) => new GuestCard(seat, this));
    const { lang } = document.documentElement;
    const free = (stage?.seats ?? []).filter((seat) => !seat.guest);
    this.freeLines.show(free.map(({ number, status }) => ({ id: number, number, status, lang })));
    this.none.textContent = stage ? "" : t("stage.none");
    this.none.hidden = Boolean(stage);
    document.dispatchEvent(new Event("cameraplaces"));
    this.tick();
  }

  freeSeat({ number, status }) {
    const does = SEAT_DOES[status];
    return h("li", { "data-seat": number, "data-status": status },
      h("span", { class: "number" }, number), h("small", {}, t(`seat.${status}`)),
      does && h("button", { class: "quiet", type: "button", "data-does": does, "aria-label": t(`stage.${does}`, { seat: number }), title: t(`stage.${does}`, { seat: number }), onclick: () => this.send(`stage.${does}`, { seat: number }) }, icon(does)));
  }

  /** Seats that a guest can be moved to. */
  get others() {
    return (this.stage?.seats ?? []).filter((seat) => seat.status === "free").map((seat) => seat.number);
  }

  tick() {
    for (const card of this.tiles.values()) card.tick(this.now());
  }
}

class GuestCard {
  constructor(seat, seats) {
    this.seats = seats;
    this.user = seat.guest.user;
    this.tile = new SeatTile(seat, "div");
    this.turn = h("time", {});
    this.does = h("div", { class: "guest-does" });
    this.node = h("li", { "data-user": this.user.id }, this.tile.node, this.turn, this.does);
  }

  set(signs, number, { guest }) {
    this.tile.set(signs, number);
    this.ends = guest.ends_at;
    const { lang } = document.documentElement;
    const { others } = this.seats;
    const look = JSON.stringify([signs.micStaff, signs.cameraStaff, signs.video, lang]);
    if (look !== this.look) this.does.replaceChildren(...this.buttons(signs));
    const free = JSON.stringify([number, others, look]);
    if (free !== this.free) this.offerSeats(number, others);
    Object.assign(this, { look, free });
  }

  buttons(signs) {
    const { id, name } = this.user;
    const button = (does, sign, run) => h("button", { class: "quiet", type: "button", "data-does": does, "aria-label": `${t(`stage.${does}`)} ${name}`, title: t(`stage.${does}`), onclick: run }, icon(sign));
    const allow = (what, off) => () => this.seats.send("stage.allow", { user_id: id, [what]: off });
    this.move = h("select", { "aria-label": t("stage.move", { name }), onchange: () => this.seats.send("stage.move", { user_id: id, seat: Number(this.move.value) }) });
    return [
      button(signs.micStaff ? "unmute" : "mute", signs.micStaff ? "mic_off" : "mic", allow("mic", signs.micStaff)),
      ...(signs.video ? [button(signs.cameraStaff ? "allow_camera" : "stop_camera", signs.cameraStaff ? "camera_off" : "camera", allow("camera", signs.cameraStaff))] : []),
      this.move, button("remove", "close", () => this.remove())];
  }

  /** The seats that are free change with the others; the buttons beside them stay. */
  offerSeats(number, others) {
    this.move.replaceChildren(...[number, ...others].map((seat) => h("option", { value: seat, selected: seat === number }, t("stage.seat", { seat }))));
  }

  async remove() {
    const { ask, send } = this.seats;
    const { id: user_id, name } = this.user;
    if (await ask({ title: t("stage.remove_title", { name }), body: t("stage.remove_body"), yes: t("stage.remove") })) await send("stage.remove", { user_id });
  }

  tick(now) {
    this.turn.textContent = this.ends ? countdown(this.ends - now) : "";
  }
}
