/**
 * One product of the shelf: its picture, price and stock in words; opened, its variants and what is true about it.
 */

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { prices, stockWords } from "../shared/goods.js";
import { money } from "../shared/money.js";
import { t } from "../i18n.js";

/** Pictures of other hosts are left out: the pages ask nothing of them. */
export function picture({ picture: source }) {
  return h("span", { class: "picture", "aria-hidden": "true" }, source?.startsWith("/") ? h("img", { src: source, alt: "", loading: "lazy" }) : icon("bag"));
}

/** "¥129 起" with the price that is struck through. */
export function priceLine(product) {
  const { text, was } = prices(product);
  return h("span", { class: "price" }, h("b", {}, text), was && h("s", {}, was));
}

/**
 * @param {object} product
 * @param {{explained: boolean, mine: boolean, mayFavour: boolean, open: boolean, onOpen: () => void, onFavour: () => void, onShop: (variant?: string) => void}} use
 */
export function productLine(product, use) {
  const heart = use.mayFavour && h("button", { class: "favour", type: "button", "aria-pressed": String(use.mine), "aria-label": t("shelf.favour", { title: product.title }), onclick: use.onFavour },
    icon("heart"), h("small", {}));
  return h("li", { class: "product", "data-product": product.id, "data-stock": stockOf(product), "data-explained": use.explained },
    h("div", { class: "product-head" },
      picture(product),
      h("button", { class: "about", type: "button", "aria-expanded": String(use.open), onclick: use.onOpen },
        use.explained && h("span", { class: "explaining" }, t("shelf.explaining")),
        h("strong", {}, product.title), priceLine(product), h("small", {}, stockWords(bestOf(product)))),
      heart),
    use.open && details(product, use));
}

function details(product, { onShop }) {
  const shop = (variant) => product.link && variant.stock !== "sold_out" &&
    h("a", { class: "take", href: product.link, target: "_blank", rel: "noopener", onclick: () => onShop(variant.id) }, t(variant.stock === "preorder" ? "shelf.preorder_it" : "shelf.to_shop"));
  return h("div", { class: "details" },
    h("ul", { class: "variants" }, ...product.variants.map((variant) => h("li", { "data-stock": variant.stock },
      h("span", {}, variant.name, h("small", {}, stockWords(variant))), h("b", {}, money(variant.price, product.currency)), shop(variant)))),
    h("dl", { class: "facts", hidden: true }));
}

/** What is true about it, which comes after the line was opened. @param {HTMLElement} line that is open @param {object[]} facts */
export function tellFacts(line, facts) {
  const place = line.querySelector(".facts");
  place.hidden = facts.length === 0;
  place.replaceChildren(...facts.flatMap(({ topic, text }) => [h("dt", {}, topic), h("dd", {}, text)]));
}

const RANK = ["in_stock", "low", "preorder", "sold_out"];
const bestOf = ({ variants }) => variants.reduce((best, one) => (RANK.indexOf(one.stock) < RANK.indexOf(best.stock) ? one : best));
const stockOf = (product) => bestOf(product).stock;
