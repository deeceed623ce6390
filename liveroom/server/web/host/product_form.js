/**
 * The form that puts a product on the shelf: what it is, its variants with price and stock, what is true about it.
 * Promise: prices become integers of the smallest unit; lines that are not "topic: text" are told before sending.
 */

import { adder, field, foldedForm, textInput } from "../shared/form.js";
import { h } from "../shared/dom.js";
import { parseMoney } from "../shared/money.js";
import { t } from "../i18n.js";

const CURRENCY = "CNY"; // of a server where `LIVEROOM_CURRENCY` is not set
const VARIANTS_MOST = 20;

/** @param {() => string | undefined} currencyOf the shelf or the show, as far as it is known @param {(facts: object) => Promise<unknown>} send @returns {HTMLElement} */
export const productForm = (currencyOf, send) =>
  foldedForm({ title: t("shelf.new"), go: t("shelf.put"), parts, read: (form) => read(form, currencyOf() ?? CURRENCY), send });

function parts() {
  const variants = h("div", { class: "wide variant-fields" }, variantField(t("shelf.variant_usual")));
  const more = adder(variants, t("shelf.more_variants"), () => variantField(""), VARIANTS_MOST);
  return [field(t("shelf.product"), textInput("title", { maxLength: 80 }), { class: "wide" }), variants, more,
    field(t("shelf.link"), textInput("link", { type: "url", required: false, placeholder: "https://" }), { class: "wide" }),
    field(t("shelf.facts"), h("textarea", { name: "facts", rows: 3, placeholder: t("shelf.facts_hint") }), { class: "wide" })];
}

const variantField = (name) => h("div", { class: "variant-field" },
  textInput("name", { maxLength: 40, value: name, placeholder: t("shelf.variant"), "aria-label": t("shelf.variant") }),
  textInput("price", { inputMode: "decimal", placeholder: t("shelf.price"), "aria-label": t("shelf.price") }),
  textInput("stock", { inputMode: "numeric", required: false, placeholder: t("shelf.count"), "aria-label": t("shelf.count") }));

function read(form, currency) {
  const given = new FormData(form);
  const title = given.get("title").trim();
  if (!title) return t("shelf.bad_title");
  const [prices, stocks] = [given.getAll("price"), given.getAll("stock")];
  const variants = given.getAll("name").map((name, at) => {
    const left = stocks[at].trim() === "" ? undefined : Number(stocks[at]);
    return { id: `v${at + 1}`, name: name.trim(), price: parseMoney(prices[at], currency), ...(left === undefined ? {} : { left }) };
  });
  if (variants.some(({ name, price, left = 0 }) => !name || price === null || !Number.isInteger(left) || left < 0)) return t("shelf.bad_variant");
  const link = given.get("link").trim();
  if (link && !/^https:\/\/\S+$/.test(link)) return t("shelf.bad_link");
  const lines = given.get("facts").split("\n").map((line) => line.trim()).filter(Boolean);
  const facts = lines.map((line) => /^([^:：]{1,40})[:：]\s*(.{1,400})$/.exec(line));
  if (facts.includes(null)) return t("shelf.bad_fact");
  return { title, currency, variants, ...(link ? { link } : {}), facts: facts.map(([, topic, text]) => ({ topic: topic.trim(), text })) };
}
