/**
 * What became of a question, in words. Promise: pure; each status of the server has its words for who asked.
 */

import { t } from "../i18n.js";

/** "主播已回答", "正在回答" … @param {{status: string, by?: object, handed_to?: string}} question */
export function questionState({ status, by, handed_to: to }) {
  if (status === "handed_over") return t(`question.to_${to ?? "moderator"}`);
  if ((status === "answered" || status === "answering") && by) return t(`question.${status}_by`, { who: answerer(by) });
  return t(`question.${status}`);
}

/** Who answers: the role in the room, and for programs of the app the assistant. */
const answerer = ({ role }) => t(role === "service" ? "question.assistant" : `role.${role}`);

/** Sooner first: what is being answered, then by priority, then who has waited longest. */
export const inLine = (questions) => questions.sort((one, other) =>
  (other.status === "answering") - (one.status === "answering") || other.priority - one.priority || one.asked_at - other.asked_at);
