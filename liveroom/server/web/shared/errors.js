/**
 * A refusal of the server as a sentence that a person can act on.
 */

import { t, tOptional } from "../i18n.js";

/** @param {{code?: string, message?: string, retry_after_ms?: number}} error */
export function sayError(error) {
  const seconds = Math.max(1, Math.ceil((error.retry_after_ms ?? 1000) / 1000));
  return tOptional(`error.${error.code}`, { seconds }) ?? (error.message || t("error.unknown"));
}
