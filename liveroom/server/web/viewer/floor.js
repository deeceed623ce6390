/**
 * The floor under the header: the battle and the seats. Their parts come when the room first has something for them.
 * Promise: what floats (moments, tickets) begins below the floor, however high it is; what is told to a part that has
 * not come yet is not lost to it.
 */

import { keepFor } from "../shared/early.js";
import { bringStyle } from "../shared/styles.js";
import { must } from "../shared/dom.js";
import { t } from "../i18n.js";

const STAGE_AFTER_MS = 400;
const hasBattle = ({ battles = {} }) => Object.keys(battles).length > 0;

/** @param {HTMLElement} phone
 * @param {{room: object, now: () => number, me: () => object | null, tell: (text: string) => void, currency: () => string | undefined}} use */
export function layFloor(phone, use) {
  const floor = must(".floor", phone);
  const measure = () => phone.style.setProperty("--floor", `${floor.offsetHeight}px`);
  new ResizeObserver(measure).observe(floor);
  whenSeen(use, hasBattle, async () => {
    const [{ Battle }] = await Promise.all([import("./battle.js"), bringStyle("battle")]);
    new Battle(must(".arena", floor), use);
  });
  // The way onto the stage is there in every room that has one, but talk does not wait for it.
  const tell = keepFor(use.room, ["stage.place_changed"]);
  const begin = () => bringStage(phone, use, tell).catch(() => use.tell(t("worth.missing"))).finally(() => (measure(), phone.toggleAttribute("data-laid", true)));
  setTimeout(begin, STAGE_AFTER_MS);
}

async function bringStage(phone, use, tell) {
  const [{ Seats }, { Guest }] = await Promise.all([import("./seats.js"), import("./guest.js"), bringStyle("seats"), bringStyle("devices")]);
  new Seats(must(".seats", phone), use);
  let told = null;
  const onMissing = (why) => {
    if (why && why !== told && !use.room.state.room.stream_url) use.tell(t(why));
    told = why;
  };
  new Guest(phone, { ...use, onMissing });
  tell();
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
