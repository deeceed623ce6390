/**
 * The floor under the header: the battle and the seats. Their parts come when the room first has something for them.
 * Promise: what floats (moments, tickets) begins below the floor, however high it is; what is told to a part that has
 * not come yet is not lost to it.
 */

import { bringStyle } from "../shared/styles.js";
import { must } from "../shared/dom.js";
import { t } from "../i18n.js";

const STAGE_AFTER_MS = 400;
const hasBattle = ({ battles = {} }) => Object.keys(battles).length > 0;

/** @param {HTMLElement} phone
 * @param {{room: object, now: () => number, me: () => object | null, tell: (text: string) => void, currency: () => string | undefined}} use */
export function layFloor(phone, use) {
  const floor = must(".floor", phone);
  new ResizeObserver(() => phone.style.setProperty("--floor", `${floor.offsetHeight}px`)).observe(floor);
  whenSeen(use, hasBattle, async () => {
    const [{ Battle }] = await Promise.all([import("./battle.js"), bringStyle("battle")]);
    new Battle(must(".arena", floor), use);
  });
  // The way onto the stage is there in every room that has one, but talk does not wait for it.
  const place = keepPlace(use.room);
  setTimeout(() => bringStage(phone, use, place).catch(() => use.tell(t("worth.missing"))), STAGE_AFTER_MS);
}

/** The own place as it was told since the last join; taken once, by the part that shows it. */
function keepPlace(room) {
  let kept = null;
  const offs = [room.on("stage.place_changed", ({ stage }) => (kept = stage)), room.on("joined", () => (kept = null))];
  return () => {
    for (const off of offs) off();
    return kept;
  };
}

async function bringStage(phone, use, place) {
  const [{ Seats }, { Guest }] = await Promise.all([import("./seats.js"), import("./guest.js"), bringStyle("seats"), bringStyle("devices")]);
  new Seats(must(".seats", phone), use);
  let told = null;
  const onMissing = (why) => {
    if (why && why !== told && !use.room.state.room.stream_url) use.tell(t(why));
    told = why;
  };
  const guest = new Guest(phone, { ...use, onMissing });
  const kept = place();
  if (kept) guest.take(kept);
}

/** Bring a part once, when the room first has what it shows. */
function whenSeen({ room, tell }, has, bring) {
  const look = (state) => {
    if (!has(state)) return;
    room.off("state", look);
    bring().catch(() => {
      tell(t("worth.missing"));
      room.on("state", look);
    });
  };
  room.on("state", look);
  look(room.state);
}
