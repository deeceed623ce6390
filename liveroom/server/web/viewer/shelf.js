/**
 * The shelf on the viewer's page: the bag among the chips, the sheet of goods, the product that is being explained.
 * Promise: prices and stock are the server's; a favourite is one tap and can be moved; nothing is bought here, the
 * shop's own page does that.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { count } from "../shared/numbers.js";
import { inOrder } from "../shared/goods.js";
import { ofRoom, read } from "../shared/api.js";
import { sayError } from "../shared/errors.js";
import { picture, priceLine, productLine } from "./product.js";
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

  /** The product of the moment stands in front until it is put away or another one follows. */
  explain() {
    const product = this.explained;
    if (!product) return this.front.remove(EXPLAINED), (this.shown = null);
    if (this.shown !== product.id) this.front.remove(EXPLAINED);
    const look = [product.id, product.version, document.documentElement.lang].join();
    if (this.shown === product.id && this.explainedAs === look) return undefined;
    this.shown = product.id;
    this.explainedAs = look;
    const card = h("article", { class: "front-card explained-card", tabIndex: -1 });
    card.replaceChildren(
      picture(product),
      h("div", { class: "about" }, h("span", { class: "explaining" }, t("shelf.explaining")), h("strong", {}, product.title), priceLine(product)),
      h("button", { class: "primary", type: "button", onclick: () => this.look(product.id) }, t("shelf.look")),
      h("button", { class: "bare", type: "button", "aria-label": t("front.put_away"), onclick: () => this.front.putAway(EXPLAINED) }, icon("close")));
    this.front.put(EXPLAINED, card, { sign: "eye", label: `${t("shelf.explaining")}: ${product.title}`, quiet: true });
    return this.front.foot(EXPLAINED, t("shelf.explaining"));
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
    const { show } = this.room.state;
    const counts = this.favourites;
    this.list.replaceChildren(...this.products.map((product) => productLine(product, {
      explained: this.explained?.id === product.id, favourites: counts[product.id] ?? 0, mine: this.mine === product.id,
      mayFavour: Boolean(show) && !(this.use.me()?.guest ?? true), open: this.opened === product.id, facts: this.facts.get(product.id),
      onOpen: () => this.toggle(product.id), onFavour: () => this.favour(product.id), onShop: (variant) => this.tell(product.id, variant),
    })));
    if (at && part) this.list.querySelector(`[data-product="${CSS.escape(at)}"] .${CSS.escape(part)}`)?.focus({ preventScroll: true });
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
