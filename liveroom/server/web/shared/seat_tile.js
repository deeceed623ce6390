/**
 * One seat of the stage with whoever has it: the camera or a sign, the name, and what is off, weak or away.
 * Promise: it stays the same element while the same person has the seat, so that a picture in it goes on.
 */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { face } from "./person.js";
import { t } from "../i18n.js";

export class SeatTile {
  /** @param {{number: number, guest: object}} seat @param {string} [tag] element to be */
  constructor({ number, guest }, tag = "li") {
    this.signs = h("span", { class: "seat-signs" });
    this.name = h("span", { class: "seat-name" }, guest.user.name);
    this.node = h(tag, { class: "seat", "data-seat": number, "data-user": guest.user.id, "data-camera": guest.user.id }, face(guest.user.name), this.signs, this.name);
  }

  /** @param {{mic: boolean, camera: boolean, video: boolean, away: boolean, talking: boolean, quality: string}} signs of `signsOf` */
  set({ mic, camera, video, away, talking, quality }, number) {
    const { node } = this;
    node.dataset.seat = number;
    node.toggleAttribute("data-away", away);
    node.toggleAttribute("data-talking", talking);
    node.toggleAttribute("data-camera-on", camera);
    const shown = [mic ? "" : "mic_off", video && !camera ? "camera_off" : "", quality === "good" || away ? "" : "weak"].filter(Boolean);
    const key = `${shown.join(" ")} ${away} ${document.documentElement.lang}`;
    if (this.key === key) return;
    this.key = key;
    this.signs.replaceChildren(...shown.map((sign) => h("i", { "data-sign": sign, role: "img", "aria-label": t(`seat.${sign}`), title: t(`seat.${sign}`) }, icon(sign))),
      away && h("b", {}, t("seat.away")) || "");
  }
}

/** Bring the tiles of a list into line with the taken seats. */
export function layTiles(list, tiles, seats, signs, make) {
  const present = new Set(seats.map(({ guest }) => guest.user.id));
  for (const [id, tile] of tiles) {
    if (present.has(id)) continue;
    tile.node.remove();
    tiles.delete(id);
  }
  seats.forEach((seat, at) => {
    const { id } = seat.guest.user;
    const tile = tiles.get(id) ?? make(seat);
    tiles.set(id, tile);
    tile.set(signs(seat.guest), seat.number, seat);
    if (list.children[at] !== tile.node) list.insertBefore(tile.node, list.children[at]);
  });
}
