/**
 * Keeping order: brings together what waits for the staff, who may write, who is here, and who is kept back.
 */

import { must } from "../shared/dom.js";
import { HeldQueue } from "./held.js";
import { People } from "../shared/people.js";
import { Sanctions } from "./sanctions.js";
import { TalkRules } from "./talk_rules.js";

const LISTS = ["audience", "gifts", "points", "club"];
const NAMES_KEPT = 500;

/** @param {HTMLElement} section @param {object} room
 * @param {{now: () => number, token: () => string | null, onPerson: (person) => void, onNew: () => void}} use
 * @param {[string, object][]} heard what was told since the last join */
export function startOrder(section, room, { now, token, onPerson, onNew }, heard) {
  const nameOf = rememberNames(room);
  new HeldQueue(must(".held-place", section), room, { now, nameOf, onNew }, heard);
  new TalkRules(must(".rules-place", section), room);
  new People(must(".people-place", section), room, { lists: LISTS, onPerson });
  new Sanctions(must(".sanctions-place", section), room, { token, nameOf });
}

/** Lists of sanctions know ids alone: the name somebody wrote under is remembered, else the id is shown. */
function rememberNames(room) {
  const names = new Map();
  const keep = ({ by }) => {
    names.delete(by.id);
    names.set(by.id, by.name);
    if (names.size > NAMES_KEPT) names.delete(names.keys().next().value);
  };
  for (const event of room.state.comments) keep(event.data);
  for (const held of room.state.me.held ?? []) keep(held.comment);
  room.on("snapshot", (state) => state.comments.forEach((event) => keep(event.data)));
  room.on("comment.sent", keep);
  room.on("comment.held", ({ held }) => keep(held.comment));
  return (id) => names.get(id) ?? id;
}
