/**
 * The shelf on the viewer's page: the bag among the chips, the sheet of goods, the product that is being explained.
 * Promise: prices and stock are the server's; a favourite is one tap and can be moved; what changes sweeps away no button
 * of what stays the same; nothing is bought here, the shop's own page does that.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { count } from "../shared/numbers.js";
import { inOrder } from "../shared/goods.js";
import { ofRoom, read } from "../shared/api.js";
import { sayError } from "../shared/errors.js";
import { SteadyList } from "../shared/steady.js";
import { picture, priceLine, productLine, tellFacts } from "./product.js";
import { Sheet } from "./sheet.js";
import { t } from "../i18n.js";

const EXPLAINED = "explained";

export class Shelf {
  /** @param {import("./front.js").Front} front @param {HTMLElement} phone
   * @param {{room: object, me: () => {guest: boolean} | null, token: () => string | null, tell: (text: string) => void}} use */
  constructor(front, phone, use) {
    this.front = front;
    this.use = use;
    this.room = use.room;
    this.bag = h("button", { class: "chip bag", type: "button", hidden: true }, icon("bag"), h("small", {}));
    must(".rail", phone).prepend(this.bag);
    this.list = must(".shelf-sheet .products", phone);
    this.lines = new SteadyList(this.list, (line) => this.line(line));
    this.sheet = new Sheet(must(".shelf-sheet", phone), { onOpen: () => this.fill() });
    this.sheet.openedBy(this.bag);
    this.facts = new Map();
    this.opened = null;
    this.shown = null;
    this.mine = null;
    for (const kind of ["snapshot", "joined", "product.changed", "shelf.changed"]) this.room.on(kind, () => this.render());
    this.room.on("product.changed", ({ change, product }) => change === "edited" && this.facts.delete(product.id));
    this.room.on("favourites", () => this.sheet.isOpen && this.countFavourites());
    this.room.on("room.went_live", () => (this.mine = null));
    document.addEventListener("languagechanged", () => this.render());
    this.render();
  }

  get products() {
    return inOrder(this.room.state.products);
  }

  /** People by product, of the show that runs. */
  get favourites() {
    const { totals, show } = this.room.state;
    return totals.favourites && totals.favourites.show_id === show?.id ? totals.favourites.products : {};
  }

  countFavourites() {
    for (const node of this.list.children) {
      const place = node.querySelector(".favour small");
      const people = this.favourites[node.dataset.product];
      if (place) place.textContent = people ? count(people) : "";
    }
  }

  get explained() {
    const { products = {}, shelf } = this.room.state;
    return products[shelf?.shelf?.product];
  }

  render() {
    const { length } = this.products;
    this.bag.hidden = length === 0;
    this.bag.setAttribute("aria-label", t("shelf.open", { count: length }));
    must("small", this.bag).textContent = length;
    if (length === 0) this.sheet.close();
    if (this.sheet.isOpen) this.fill();
    this.explain();
  }

  /** The product of the moment stands in front until it is put away or another one follows; its buttons stay while its price changes. */
  explain() {
    const product = this.explained;
    if (!product) return this.front.remove(EXPLAINED), (this.shown = null);
    const look = [product.id, product.version, document.documentElement.lang].join();
    if (this.shown === product.id && this.explainedAs === look) return undefined;
    if (this.shown !== product.id) {
      this.front.remove(EXPLAINED);
      this.card = this.explainedCard();
    }
    this.shown = product.id;
    this.explainedAs = look;
    const [sign, about, go, away] = this.card.children;
    sign.replaceWith(picture(product));
    about.replaceChildren(h("span", { class: "explaining" }, t("shelf.explaining")), h("strong", {}, product.title), priceLine(product));
    go.textContent = t("shelf.look");
    away.ariaLabel = t("front.put_away");
    this.front.put(EXPLAINED, this.card, { sign: "eye", label: `${t("shelf.explaining")}: ${product.title}`, quiet: true });
    return this.front.foot(EXPLAINED, t("shelf.explaining"));
  }

  explainedCard() {
    return h("article", { class: "front-card explained-card", tabIndex: -1 }, h("span", {}), h("div", { class: "about" }),
      h("button", { class: "primary", type: "button", onclick: () => this.look(this.shown) }),
      h("button", { class: "bare", type: "button", onclick: () => this.front.putAway(EXPLAINED) }, icon("close")));
  }

  look(id) {
    this.opened = null;
    this.toggle(id);
    this.sheet.open(this.bag);
    this.list.querySelector(`[data-product="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "start" });
  }

  fill() {
    const held = this.list.contains(document.activeElement) && document.activeElement;
    const [at, part] = held ? [held.closest("[data-product]")?.dataset.product, held.className] : [];
    const { lang } = document.documentElement;
    const mayFavour = Boolean(this.room.state.show) && !(this.use.me()?.guest ?? true);
    this.lines.show(this.products.map((product) => ({
      id: product.id, product, explained: this.explained?.id === product.id, mine: this.mine === product.id,
      mayFavour, open: this.opened === product.id, lang,
    })));
    if (this.lines.node(this.opened)) tellFacts(this.lines.node(this.opened), this.facts.get(this.opened) ?? []);
    this.countFavourites();
    if (at && part) this.list.querySelector(`[data-product="${CSS.escape(at)}"] .${CSS.escape(part)}`)?.focus({ preventScroll: true });
  }

  line({ id, product, ...shown }) {
    return productLine(product, { ...shown, onOpen: () => this.toggle(id), onFavour: () => this.favour(id), onShop: (variant) => this.tell(id, variant) });
  }

  toggle(id) {
    this.opened = this.opened === id ? null : id;
    if (this.opened) {
      this.tell(id);
      this.bringFacts(id);
    }
    this.fill();
  }

  async bringFacts(id) {
    if (this.facts.has(id)) return;
    const found = await read(ofRoom(this.room, `shelf/${encodeURIComponent(id)}`), this.use.token());
    if (!found) return; // asked again when it is opened again
    this.facts.set(id, found.facts);
    if (this.sheet.isOpen) this.fill();
  }

  /** Somebody looks at it, or goes to the shop; nothing hangs on the answer. */
  tell(product, variant) {
    this.room.send("product.open", variant ? { product, variant } : { product }).catch(() => {});
  }

  async favour(id) {
    const before = this.mine;
    this.mine = id;
    this.fill();
    try {
      await this.room.send("product.favour", { product: id });
    } catch (error) {
      this.mine = before;
      this.fill();
      this.use.tell(sayError(error));
    }
  }
}
