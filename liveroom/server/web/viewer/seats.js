/**
 * The seats of the stage under the header: whoever is up there with the host, in the order of the seats.
 */

import { SeatTile, layTiles } from "../shared/seat_tile.js";
import { signsOf, stageOf, takenSeats } from "../shared/seats.js";
import { t } from "../i18n.js";

export class Seats {
  /** @param {HTMLElement} list @param {{room: object, tell: (text: string) => void, me: () => object | null}} use */
  constructor(list, { room, tell, me }) {
    Object.assign(this, { list, room, tell, me });
    this.tiles = new Map();
    this.seen = [];
    room.on("state", ({ stages, totals }) => {
      const parts = [stages, totals.media_stage];
      if (parts.some((part, at) => part !== this.seen[at])) this.render();
      this.seen = parts;
    });
    room.on("stage.guest_seated", ({ user }) => this.tell(t(user.id === this.me()?.id ? "seat.you_are_up" : "seat.is_up", { name: user.name })));
    document.addEventListener("languagechanged", () => this.render());
    this.render();
  }

  render() {
    const { state, name } = this.room;
    const seats = takenSeats(stageOf(state, name));
    this.list.hidden = seats.length === 0;
    layTiles(this.list, this.tiles, seats, (guest) => signsOf(guest, state.totals.media_stage), (seat) => new SeatTile(seat));
    for (const [id, tile] of this.tiles) tile.node.toggleAttribute("data-me", id === this.me()?.id);
    document.dispatchEvent(new Event("cameraplaces"));
  }
}
