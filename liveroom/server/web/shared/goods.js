/**
 * Prices and stock of products as people read them. Promise: pure; amounts stay integers until they are written out.
 */

import { money } from "./money.js";
import { t } from "../i18n.js";

/** The lowest price in words, and the price it was. */
export function prices({ variants, currency }) {
  const least = variants.reduce((best, one) => (one.price < best.price ? one : best));
  const text = money(least.price, currency);
  const differ = variants.some(({ price }) => price !== least.price);
  return { text: differ ? t("shelf.from", { price: text }) : text, was: least.was ? money(least.was, currency) : null };
}

/** "还剩 3 件", "有货". */
export const stockWords = ({ stock, left }) => (left !== undefined && stock === "low" ? t("shelf.left", { count: left }) : t(`shelf.${stock}`));

/** The products in the order of the shelf. */
export const inOrder = (products = {}) =>
  Object.values(products).sort((one, other) => one.position - other.position || (one.id < other.id ? -1 : 1));
