/**
 * The text of a comment with its mentions set apart; text nodes only.
 */

import { h } from "./dom.js";

/** @param {{text: string, mentions?: {name: string}[]}} comment @returns {(string | HTMLElement)[]} */
export function words({ text, mentions = [] }) {
  const names = mentions.map((person) => `@${person.name}`).filter((name) => text.includes(name));
  if (names.length === 0) return [text];
  const pattern = new RegExp(`(${names.map(escaped).join("|")})`, "g");
  return text.split(pattern).map((part) => (names.includes(part) ? h("mark", {}, part) : part));
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
