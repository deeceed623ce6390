/**
 * The orders that the shop told of, newest first, as far as the host's staff may see them.
 */

import { h, must } from "../shared/dom.js";
import { money } from "../shared/money.js";
import { ofRoom, read } from "../shared/api.js";
import { t } from "../i18n.js";

const SHOWN = 20;
const AGAIN_MS = 1_000;

export class Orders {
  /** @param {HTMLElement} section @param {object} room @param {() => string | null} token */
  constructor(section, room, token) {
    this.section = section;
    this.list = must(".orders", section);
    this.path = ofRoom(room, `orders?limit=${SHOWN}`);
    this.token = token;
    this.orders = [];
    room.on("joined", () => this.load());
    room.on("order.recorded", () => (this.timer ??= setTimeout(() => this.load(), AGAIN_MS)));
    document.addEventListener("languagechanged", () => this.render());
    if (room.status === "joined") this.load();
  }

  async load() {
    this.timer = null;
    const listed = await read(this.path, this.token());
    if (!listed) return; // the next order asks again
    this.orders = listed.orders;
    this.render();
  }

  render() {
    this.list.replaceChildren(...this.orders.map((order) => this.line(order)));
    must(".orders-place", this.section).hidden = this.orders.length === 0;
  }

  line({ order_id: id, name, items, amount, currency, status }) {
    const what = items.map((item) => (item.count > 1 ? `${item.title} ×${item.count}` : item.title)).join(" · ");
    return h("li", { "data-order": id, "data-status": status },
      h("span", {}, h("b", {}, name ?? t("host.order_nobody")), h("small", {}, what)),
      h("span", { class: "number" }, money(amount, currency), status === "refunded" && h("small", {}, t("host.order_refunded"))));
  }
}
