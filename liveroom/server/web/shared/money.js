/**
 * Money as people read it. Promise: amounts stay integers of the smallest unit until they are written out; nothing is
 * calculated with fractions.
 */

import { locale, tOptional } from "../i18n.js";

const ISO_4217 = /^[A-Z]{3}$/;

/** How many digits the smallest unit is behind the point: 2 for CNY and EUR, 0 for JPY. */
function digits(currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
}

/**
 * 1 250 in CNY → ¥12.50, 2 000 → ¥20; units that are no currency of ISO 4217 by their own text ("30 coins").
 * @param {number} amount in the smallest unit @param {string} currency
 */
export function money(amount, currency) {
  const own = tOptional(`money.${currency}`, { count: new Intl.NumberFormat(locale()).format(amount) });
  if (own !== undefined) return own;
  if (!ISO_4217.test(currency)) return `${new Intl.NumberFormat(locale()).format(amount)} ${currency}`;
  const places = digits(currency);
  const whole = 10 ** places;
  const shown = amount % whole === 0 ? 0 : places;
  return new Intl.NumberFormat(locale(), { style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: shown, maximumFractionDigits: shown }).format(amount / whole);
}

/** What a person typed, in the smallest unit; null when it is no sum of this currency. */
export function parseMoney(text, currency) {
  const places = digits(currency);
  const parts = /^(\d{1,9})(?:\.(\d+))?$/.exec(text.trim());
  if (!parts || (parts[2] ?? "").length > places) return null;
  return Number(parts[1] + (parts[2] ?? "").padEnd(places, "0"));
}
