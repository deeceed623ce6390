/**
 * The numbers of the show beside the tiles, and its highlights as marks in time.
 * Promise: all of it is what the server counted last, also when the page comes late; marks name their place in a recording.
 */

import { h, must } from "../shared/dom.js";
import { money } from "../shared/money.js";
import { count, span } from "../shared/numbers.js";
import { locale, t } from "../i18n.js";

const PER_CENT = { style: "percent", maximumFractionDigits: 0 };

export class NumbersPanel {
  /** @param {HTMLElement} section @param {object} room */
  constructor(section, room) {
    this.section = section;
    room.on("joined", ({ me = {} }) => this.show(me.numbers));
    room.on("numbers.changed", ({ numbers }) => this.show(numbers));
    document.addEventListener("languagechanged", () => this.show(this.numbers));
  }

  show(numbers) {
    this.numbers = numbers;
    this.section.hidden = !numbers;
    if (!numbers) return;
    must(".figures", this.section).replaceChildren(...Object.entries(figures(numbers)).map(([name, value]) =>
      h("div", { "data-figure": name }, h("dt", {}, t(`numbers.${name}`)), h("dd", { class: "number" }, value))));
    must(".marks-place", this.section).hidden = numbers.highlights.length === 0;
    must(".marks", this.section).replaceChildren(...numbers.highlights.map((mark) => this.mark(mark)));
  }

  mark(mark) {
    const { gift_currency: gifts, currency } = this.numbers;
    const values = {
      comments: () => t("numbers.mark_comments", { count: count(mark.value) }),
      viewers: () => t("numbers.mark_viewers", { count: count(mark.value) }),
      gifts: () => t("numbers.mark_gifts", { sum: money(mark.value, gifts) }),
      sales: () => t("numbers.mark_sales", { sum: money(mark.value, currency) }),
      battle: () => t("numbers.mark_battle", { round: mark.value, winners: (mark.winners ?? []).join(" · ") || t("numbers.draw") }),
    };
    return h("li", { "data-kind": mark.kind }, h("time", { class: "number" }, span(mark.offset_s * 1000)), h("span", {}, values[mark.kind]?.() ?? mark.kind));
  }
}

/** What is shown, by its name. */
function figures({ figures: all, gift_currency: gifts, currency }) {
  const share = (permille) => new Intl.NumberFormat(locale(), PER_CENT).format(permille / 1000);
  return {
    stay: span(all.stay_s * 1000),
    active: share(all.active_permille),
    members: share(all.member_permille),
    comments: count(all.comments),
    gifts: money(all.gift_amount, gifts),
    sales: money(all.sales_amount, currency),
    orders: count(all.orders),
    questions: `${count(all.questions_open)} / ${count(all.questions)}`,
  };
}
