/**
 * Counts, spans of time and ages as people read them, in both languages.
 */

import { locale } from "../i18n.js";

/** 9 999 → 9,999; 12 345 → 1.2万 in Chinese, 12.3K in English. */
export function count(value) {
  const compact = value >= 10_000;
  return new Intl.NumberFormat(locale(), compact ? { notation: "compact", maximumFractionDigits: 1 } : {}).format(value);
}

/** 3 725 000 → "1:02:05". Negative spans (clocks that disagree) read as zero. */
export function span(ms) {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  const tail = `${String(minutes).padStart(2, "0")}:${String(seconds).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** The first sign of a name, for avatars; whole emoji and CJK signs stay whole. */
export function initial(name) {
  const [first = "·"] = name.trim();
  return first.toUpperCase();
}

/** A stable number 0 … n−1 for a text, so that a person keeps one colour. */
export function bucket(text, n) {
  let hash = 2166136261;
  for (const sign of text) hash = Math.imul(hash ^ sign.codePointAt(0), 16777619);
  return (hash >>> 0) % n;
}
