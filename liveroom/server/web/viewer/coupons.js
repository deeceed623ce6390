/**
 * Coupons on the viewer's page: the ticket at the edge, the sheet of offers and of what one holds, the rain.
 * Promise: everything counts down by the server's clock; a rain comes by itself, a coupon waits to be tapped; stock that
 * falls sweeps away no button under a finger.
 */

import { h, must } from "../shared/dom.js";
import { countdown, offersOf, phaseOf, worth } from "../shared/offers.js";
import { SteadyList } from "../shared/steady.js";
import { Claims } from "./claims.js";
import { Rain } from "./rain.js";
import { Sheet } from "./sheet.js";
import { countTicket, grantTicket, offerTicket, tickTicket } from "./ticket.js";
import { t } from "../i18n.js";

const TICK_MS = 250;
const ORDER = ["open", "waiting", "paused", "done", "sold_out"];
const LAST = new Set(["paused", "sold_out"]);

export class Coupons {
  /** @param {HTMLElement} phone
   * @param {{room: object, now: () => number, token: () => string | null, tell: (text: string) => void}} use */
  constructor(phone, { room, now, token, tell }) {
    this.room = room;
    this.now = now;
    this.tell = tell;
    this.pill = must(".ticket-pill", phone);
    this.dialog = must(".coupon-sheet", phone);
    this.claims = new Claims(room, token, () => this.render());
    this.sheet = new Sheet(this.dialog, { onOpen: () => this.fill() });
    this.sheet.openedBy(this.pill);
    this.rain = new Rain(phone, { now, onGrab: (offer) => this.claims.claim(offer) });
    this.offers = [];
    this.tickets = new SteadyList(must("[data-offers]", this.dialog), (offer) => this.ticket(offer));
    this.phases = "";
    this.hear();
    this.render();
    setInterval(() => this.tick(), TICK_MS);
  }

  hear() {
    for (const kind of ["snapshot", "joined", "campaign.changed", "coupon_stock"]) this.room.on(kind, () => this.render());
    this.room.on("coupon.drop_announced", ({ name, drop }) => {
      const inMs = drop.starts_at - this.now();
      if (inMs > 0) this.tell(t("drop.announced", { name, time: countdown(inMs) }));
    });
    document.addEventListener("languagechanged", () => this.render());
  }

  /** The offers with the phase that this viewer is in. */
  look() {
    const { campaigns, totals } = this.room.state;
    const now = this.now();
    const offers = offersOf(campaigns, totals.coupon_stock?.campaigns).map((offer) => ({ ...offer, phase: phaseOf(offer, now) }));
    for (const offer of offers) if (offer.phase !== "over" && this.claims.isDone(offer)) offer.phase = "done";
    // A ticket that was just taken stays where it is in the list.
    const open = offers.filter((offer) => offer.phase !== "over");
    return open.sort((one, other) => LAST.has(one.phase) - LAST.has(other.phase) || one.startsAt - other.startsAt);
  }

  render() {
    this.offers = this.look();
    this.phases = this.offers.map((offer) => offer.id + offer.phase).join();
    this.renderPill();
    if (this.sheet.isOpen) this.fill();
  }

  /** Once in a quarter of a second: what the clock alone has changed. */
  tick() {
    const offers = this.look();
    if (offers.map((offer) => offer.id + offer.phase).join() !== this.phases) this.render();
    const now = this.now();
    for (const offer of this.offers) if (offer.kind === "packet") this.rain.follow(offer);
    this.sayFoot(now);
    for (const offer of this.sheet.isOpen ? this.offers : []) {
      const node = this.dialog.querySelector(`[data-offer="${CSS.escape(offer.id)}"]`);
      if (node) tickTicket(node, offer, now);
    }
  }

  /** The offer that matters most now. */
  get first() {
    const rank = (offer) => ORDER.indexOf(offer.phase);
    return this.offers.reduce((best, offer) => (best && rank(best) <= rank(offer) ? best : offer), undefined);
  }

  renderPill() {
    const offer = this.first;
    const held = this.claims.held().length;
    this.pill.hidden = !offer && held === 0;
    this.pill.dataset.kind = offer?.kind ?? "coupon";
    this.pill.dataset.phase = offer?.phase ?? "done";
    const sign = !offer ? String(held) : offer.kind === "packet" ? t("drop.packet_sign") : worth(offer.campaign);
    const name = offer?.name ?? t("coupon.mine");
    if (this.face !== `${sign} ${name}`) {
      this.face = `${sign} ${name}`;
      this.pill.replaceChildren(h("span", { class: "face" }, h("b", {}, sign), h("small", {}, name)), h("span", { class: "foot" }));
    }
    this.sayFoot(this.now());
  }

  sayFoot(now) {
    const offer = this.first;
    const waiting = offer?.phase === "waiting";
    const text = !offer ? t("coupon.look") : waiting ? countdown(offer.startsAt - now) : t(`drop.${offer.phase}`);
    const foot = this.pill.querySelector(".foot");
    if (foot && foot.textContent !== text) foot.textContent = text;
  }

  fill() {
    const held = this.dialog.contains(document.activeElement) && document.activeElement.closest("[data-offer]")?.dataset.offer;
    const { lang } = document.documentElement;
    this.tickets.show(this.offers.map(({ left: _, ...offer }) => ({ ...offer, said: this.claims.said.get(offer.id), lang })));
    for (const offer of this.offers) countTicket(this.tickets.node(offer.id), offer);
    must("[data-no-offers]", this.dialog).hidden = this.offers.length > 0;
    const mine = this.claims.held();
    must("[data-mine]", this.dialog).hidden = mine.length === 0;
    must("[data-grants]", this.dialog).replaceChildren(...mine.map((grant) => grantTicket(grant, this.nameOf(grant), this.now())));
    if (held) this.tickets.node(held)?.querySelector(".take").focus();
  }

  ticket({ said, ...offer }) {
    return offerTicket(offer, { phase: offer.phase, said, onTake: () => this.take(offer) });
  }

  nameOf({ campaign, name }) {
    return name ?? this.room.state.campaigns?.[campaign]?.name ?? t("drop.coupon");
  }

  async take(offer) {
    if (offer.kind === "packet") this.sheet.close();
    if (offer.kind === "packet") return this.rain.begin(offer);
    const { good, sum, title } = await this.claims.claim(offer);
    if (good) this.tell(`${title} ${sum ?? ""}`);
    return undefined;
  }
}
