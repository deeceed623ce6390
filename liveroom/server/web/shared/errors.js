/**
 * A refusal of the server as a sentence that a person can act on.
 */

import { t, tOptional } from "../i18n.js";

/** @param {{code?: string, message?: string, retry_after_ms?: number, facts?: object}} error */
export function sayError(error) {
  const { needs, reason, state } = error.facts ?? {};
  const seconds = Math.max(1, Math.ceil((error.retry_after_ms ?? 1000) / 1000));
  const exact = tOptional(`refusal.${reason}`, error.facts) ?? tOptional(`error.${error.code}_${needs ?? reason ?? state}`, error.facts);
  return exact ?? tOptional(`error.${error.code}`, { seconds }) ?? (error.message || t("error.unknown"));
}
