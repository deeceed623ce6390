/**
 * The stage and battles of the console: brought when the host opens them, or when something of them is there.
 * Promise: what made a part come, and what is told until it is there, is not lost to it; a part that could not be had is
 * tried again.
 */

import { must } from "../shared/dom.js";
import { bringStyle } from "../shared/styles.js";

const ON_AIR = "liveroom.on_air";
const KEPT = 100;

/** @param {object} room @param {{now: () => number, ask: (q: object) => Promise<boolean>, onNew: (part: string) => void, onFault: () => void}} use */
export function bringGuests(room, { now, ask, onNew, onFault }) {
  const battle = once(async () => {
    const [{ BattlePanel }] = await Promise.all([import("./battle.js"), bringStyle("battle"), bringStyle("fight")]);
    return new BattlePanel(must(".panel.battle"), room, { now, ask, onNew: () => onNew("battle") });
  });
  const stage = once(async () => {
    const [{ StagePanel }] = await Promise.all([import("./stage.js"), ...["fight", "seats", "host_stage", "devices"].map(bringStyle)]);
    return new StagePanel(must(".panel.stage"), room, { now, ask, onNew: () => onNew("stage") });
  });
  const bring = (part, hear = () => {}) => part().then(hear, onFault);
  for (const [name, part] of [["battle", battle], ["stage", stage]]) {
    for (const button of document.querySelectorAll(`[data-open=${name}]`)) button.addEventListener("click", () => bring(part));
  }
  const first = (kind, part, hear) => {
    const told = [];
    const off = room.on(kind, (data) => {
      told.push(data);
      if (told.length > KEPT) told.shift();
      bring(part, (panel) => {
        off();
        for (const one of told.splice(0)) hear(panel, one);
      });
    });
  };
  first("battle.invitation_changed", battle, (panel, data) => panel.hearInvitation(data.battle));
  first("stage.queue_changed", stage, (panel, data) => panel.hearQueue(data.queue));
  const look = ({ battles = {}, stages = {}, me = {} }) => {
    if (Object.keys(battles).length || me.battle_invitations?.length || me.battle_search) bring(battle);
    if (Object.keys(stages).length || sessionStorage.getItem(`${ON_AIR}.${room.name}`)) bring(stage);
  };
  room.on("joined", () => look(room.state));
  for (const kind of ["battle.changed", "stage.changed"]) room.on(kind, () => look(room.state));
}

/** The same part each time; after a fault the next call tries again. */
function once(make) {
  let made = null;
  return () => (made ??= make().catch((fault) => {
    made = null;
    throw fault;
  }));
}
