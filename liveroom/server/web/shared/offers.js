/**
 * What a room's campaigns offer: one offer for each drop, and where it stands by the server's clock.
 * Promise: pure; who shows a phase never decides whether somebody gets something, the server does.
 */

import { money } from "./money.js";
import { span } from "./numbers.js";
import { t } from "../i18n.js";

/** @returns {object[]} the offers of `room.state.campaigns`, with what is left by the latest `coupon_stock` */
export function offersOf(campaigns = {}, stock = {}) {
  return Object.values(campaigns).flatMap((campaign) => campaign.drops.map((drop) => ({
    id: `${campaign.id} ${drop.id}`,
    campaign,
    drop,
    name: campaign.name,
    kind: campaign.value.kind === "random" ? "packet" : "coupon",
    startsAt: drop.starts_at ?? 0,
    endsAt: drop.ends_at,
    left: drop.exhausted ? 0 : (stock[campaign.id]?.left?.[drop.id] ?? drop.stock),
  })));
}

/** @returns {"waiting" | "open" | "sold_out" | "paused" | "over"} */
export function phaseOf({ campaign, endsAt, startsAt, left }, now) {
  if (now >= endsAt || !["active", "paused", "exhausted"].includes(campaign.status)) return "over";
  if (left <= 0) return "sold_out";
  if (campaign.status === "paused") return "paused";
  return now < startsAt ? "waiting" : "open";
}

/** What one coupon is worth: "¥5", or "¥0.10 – ¥20". */
export function worth({ value, currency }) {
  if (value.kind === "fixed") return money(value.amount, currency);
  return `${money(value.min, currency)} – ${money(value.max, currency)}`;
}

/** Whole seconds left, counted up so that it says 0:01 until the very end. */
export const countdown = (ms) => span(Math.ceil(ms / 1000) * 1000);

/** Polls and draws name no currency: then the sum is left out. */
const spentWords = (spent, currency) => (currency ? t("rule.spent", { value: money(spent, currency) }) : t("rule.spent_some"));

/** Who may claim, one sentence for each rule. */
export function audienceWords({ audience = {}, currency }) {
  const { level_min: level, followed, fan, member, minutes, spent } = audience;
  return [
    level && t("rule.level", { value: level }),
    followed && t("rule.followed"),
    fan && t("rule.fan"),
    member && t("rule.member"),
    minutes && t("rule.minutes", { value: minutes }),
    spent && spentWords(spent, currency),
  ].filter(Boolean);
}

/** The sentence of one rule that does not hold for this viewer. */
export function ruleWords(rule, { audience = {}, currency }) {
  if (rule === "spent") return spentWords(audience.spent, currency);
  const value = { level: audience.level_min, minutes: audience.minutes }[rule];
  return t(`rule.${rule}`, { value });
}
