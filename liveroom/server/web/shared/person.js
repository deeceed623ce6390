/**
 * How a person is shown next to their words: level, fan club, role, and whether they belong to the demo.
 */

import { h } from "./dom.js";
import { bucket, initial } from "./numbers.js";
import { t } from "../i18n.js";

const FACE_COLOURS = ["#ffc56b", "#7fe3d2", "#8cc8ff", "#ff9fb4", "#ffe0a6", "#c3e88d"];
const STAFF = new Set(["host", "moderator", "operator"]);

export const isHost = (by) => by.role === "host";

/** Host, moderators, operators, and programs of the app. */
export const isStaff = ({ role }) => STAFF.has(role) || role === "service";

/** Badges before a name: `[主播] [Lv 12] [♥ 3] [演示]`. */
export function badges(by) {
  return [
    STAFF.has(by.role) && h("span", { class: "tag tag-host" }, t(`role.${by.role}`)),
    by.level > 0 && levelBadge(by.level),
    by.club > 0 && h("span", { class: "club", "aria-label": t("club.label", { level: by.club }) }, `♥ ${by.club}`),
    by.demo && h("span", { class: "tag tag-demo", title: t("demo.why") }, t("demo.tag")),
  ];
}

/** The fan level; its colour changes every ten levels. */
export function levelBadge(level) {
  const band = Math.min(4, 1 + Math.floor(level / 10));
  return h("span", { class: "level", "data-band": band, "aria-label": t("level.label", { level }) }, `Lv ${level}`);
}

/** A round sign with the first letter of the name, in the person's own colour. */
export function face(name) {
  const node = h("i", {}, initial(name));
  node.style.background = FACE_COLOURS[bucket(name, FACE_COLOURS.length)];
  return node;
}
