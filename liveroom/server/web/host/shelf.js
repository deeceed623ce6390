/**
 * The shelf as the host shows it: the product of the moment, the order of the others, what is hidden, a new one.
 * Promise: exact stock, looks and favourites are the server's, and sweep away no button; one tap explains, another one rests.
 */

import { h, must } from "../shared/dom.js";
import { ofRoom, read } from "../shared/api.js";
import { icon } from "../shared/icons.js";
import { money } from "../shared/money.js";
import { count } from "../shared/numbers.js";
import { SteadyList } from "../shared/steady.js";
import { sendTold } from "../shared/told.js";
import { t } from "../i18n.js";
import { productForm } from "./product_form.js";

const AGAIN_MS = 1_000;
const LATER_MS = 5_000;
const LAST = 9_999;

export class ShelfPanel {
  /** @param {HTMLElement} section @param {object} room @param {{token: () => string | null, ask: (q: object) => Promise<boolean>}} use */
  constructor(section, room, use) {
    this.section = section;
    this.room = room;
    this.use = use;
    this.reports = [];
    this.problem = must(".problem", section);
    this.goods = new SteadyList(must(".goods", section), (facts) => this.card(facts));
    room.on("joined", () => this.load());
    for (const kind of ["product.changed", "favourites"]) room.on(kind, () => (this.timer ??= setTimeout(() => this.load(), AGAIN_MS)));
    room.on("shelf.changed", () => this.render());
    document.addEventListener("languagechanged", () => this.renew());
    this.renew();
    if (room.status === "joined") this.load();
  }

  renew() {
    must(".new-product", this.section).replaceChildren(productForm(() => this.reports[0]?.content.currency ?? this.room.state.me.numbers?.currency, (content) => this.add(content)));
    this.goods.forget();
    this.render();
  }

  /** Hidden products, exact stock and looks are in no snapshot: they are asked for. */
  async load() {
    this.timer = null;
    const listed = await read(ofRoom(this.room, "products"), this.use.token());
    if (!listed) return void (this.timer = setTimeout(() => this.load(), LATER_MS));
    this.reports = listed.products.filter(({ status }) => status !== "removed")
      .sort((one, other) => one.content.position - other.content.position || (one.id < other.id ? -1 : 1));
    this.render();
  }

  render() {
    const explained = this.room.state.shelf?.shelf?.product;
    const { length } = this.reports;
    this.goods.show(this.reports.map(({ id, status, content: { title } }, at) => ({ id, status, title, at, last: at === length - 1, explained: id === explained })));
    for (const report of this.reports) fillNumbers(this.goods.node(report.id), report);
  }

  card({ id, status, title, at, last, explained }) {
    const does = (type, text, facts = {}) => h("button", { type: "button", "data-does": type, onclick: () => this.send(type, { product: id, ...facts }) }, text);
    const move = (step, sign) => h("button", { class: "quiet", type: "button", disabled: step < 0 ? at === 0 : last, "aria-label": t(`shelf.move_${sign}`, { title }), onclick: () => this.move(at, step) }, icon("down"));
    return h("li", { class: "act good", "data-product": id, "data-status": status, "data-explained": explained },
      h("div", { class: "act-head" }, h("h3", {}, title), h("span", { class: "moves" }, move(-1, "up"), move(1, "down"))),
      h("ul", { class: "stock" }),
      h("p", { class: "sub" }),
      h("div", { class: "card-does" },
        status === "on" && does(explained ? "shelf.rest" : "shelf.explain", t(explained ? "shelf.rest" : "shelf.explain")),
        does(status === "on" ? "product.hide" : "product.show", t(status === "on" ? "shelf.hide" : "shelf.show")),
        h("button", { type: "button", "data-does": "remove", onclick: () => this.remove(id, title) }, t("shelf.remove"))));
  }

  async add(content) {
    const position = Math.min(LAST, 1 + Math.max(0, ...this.reports.map((report) => report.content.position)));
    const id = `p-${[...crypto.getRandomValues(new Uint8Array(5))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    await this.room.send("product.put", { product: id, content: { ...content, position } });
    await this.load();
  }

  /** Two neighbours change places; all get the place they stand on, in case some had the same. */
  async move(at, step) {
    const order = [...this.reports];
    [order[at], order[at + step]] = [order[at + step], order[at]];
    this.reports = order;
    this.render();
    const moved = order.map((report, place) => ({ report, place: place + 1 })).filter(({ report, place }) => report.content.position !== place);
    for (const { report, place } of moved) await this.send("product.edit", { product: report.id, position: place });
    await this.load();
  }

  async remove(product, title) {
    if (await this.use.ask({ title: t("shelf.remove_title", { title }), body: t("shelf.remove_body"), yes: t("shelf.remove") })) {
      await this.send("product.remove", { product });
      await this.load();
    }
  }

  send(type, facts) {
    return sendTold(this.room, this.problem, type, facts);
  }
}

/** What changes many times a minute, beside buttons that stay. */
function fillNumbers(card, { content, looks, favourites, sold }) {
  must(".stock", card).replaceChildren(...content.variants.map((variant) => stockLine(variant, content.currency)));
  must(".sub", card).textContent = t("shelf.facts_of", { looks: count(looks), favourites: count(favourites), sold: count(sold) });
}

function stockLine({ name, price, was, left, stock }, currency) {
  return h("li", {}, h("span", {}, name),
    h("span", { class: "number" }, h("b", {}, money(price, currency)), was ? h("s", {}, money(was, currency)) : null),
    h("span", { class: "number" }, left !== undefined && left !== null ? t("shelf.pieces", { count: count(left) }) : t(`shelf.${stock ?? "in_stock"}`)));
}
