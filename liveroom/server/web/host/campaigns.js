/**
 * The campaigns as the host runs them: start, pause, end, launch a drop or a rain, and see the stock fall.
 * Promise: what is shown is what the server said last; a refusal stands under the campaign that it concerns; a form
 * that somebody is filling in, or a button under a finger, is not swept away by a change of the stock.
 */

import { countdown, offersOf, phaseOf, worth } from "../shared/offers.js";
import { h, must } from "../shared/dom.js";
import { ofRoom, read } from "../shared/api.js";
import { sayError } from "../shared/errors.js";
import { launchForm } from "./launch.js";
import { t } from "../i18n.js";

const TICK_MS = 500;
const AGAIN_MS = 1_000;
const LATER_MS = 5_000;
const DOES = {
  draft: ["activate", "end"],
  active: ["pause", "end"],
  paused: ["resume", "end"],
  exhausted: ["pause", "end"],
};

export class Campaigns {
  /** @param {HTMLElement} section @param {object} room
   * @param {{now: () => number, ask: (q: object) => Promise<boolean>, token: () => string | null}} use */
  constructor(section, room, use) {
    this.section = section;
    this.list = must(".deal-cards", section);
    this.room = room;
    this.use = use;
    this.reports = [];
    this.cards = new Map();
    room.on("joined", () => this.load());
    for (const kind of ["snapshot", "campaign.changed"]) room.on(kind, () => this.render());
    for (const kind of ["joined", "coupon_stock"]) room.on(kind, () => this.tick());
    for (const kind of ["campaign.changed", "coupon_stock"]) room.on(kind, () => (this.timer ??= setTimeout(() => this.load(), AGAIN_MS)));
    document.addEventListener("languagechanged", () => this.renew());
    setInterval(() => this.tick(), TICK_MS);
    if (room.status === "joined") this.load();
  }

  /** Drafts and how many coupons were used are in no snapshot: they are asked for. */
  async load() {
    const listed = await read(ofRoom(this.room, "campaigns"), this.use.token());
    this.timer = null;
    if (listed) this.reports = listed.campaigns;
    else this.timer = setTimeout(() => this.load(), LATER_MS);
    this.render();
  }

  campaigns() {
    const shown = this.room.state.campaigns;
    const drafts = this.reports.map(({ campaign }) => campaign).filter(({ id, status }) => status === "draft" && !(id in shown));
    return [...Object.values(shown), ...drafts];
  }

  render() {
    const campaigns = this.campaigns();
    for (const [id, card] of this.cards) {
      if (campaigns.some((campaign) => campaign.id === id)) continue;
      card.node.remove();
      this.cards.delete(id);
    }
    for (const campaign of campaigns) this.show(campaign);
    this.tick();
  }

  /** All cards anew, as in another language. */
  renew() {
    for (const card of this.cards.values()) card.node.remove();
    this.cards.clear();
    this.render();
  }

  show(campaign) {
    const card = this.cards.get(campaign.id) ?? this.make(campaign);
    card.node.dataset.status = campaign.status;
    must(".status", card.node).textContent = t(`campaign.${campaign.status}`);
    must(".status", card.node).dataset.status = campaign.status;
    must("h3", card.node).textContent = campaign.name;
    const report = this.reports.find((one) => one.campaign.id === campaign.id);
    const kind = t(campaign.value.kind === "random" ? "campaign.packet" : "campaign.coupon", { worth: worth(campaign) });
    must(".kind", card.node).textContent = report?.issued ? `${kind} · ${t("campaign.used", report)}` : kind;
    const look = JSON.stringify([campaign.status, campaign.name]);
    if (look === card.look) return;
    card.look = look;
    must(".card-does", card.node).replaceChildren(...(DOES[campaign.status] ?? []).map((does) =>
      h("button", { type: "button", "data-does": does, onclick: () => this.carryOut(campaign, does) }, t(`campaign.${does}`))));
  }

  make(campaign) {
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const form = launchForm(campaign, (facts) => this.send(campaign, "add_drop", facts));
    const node = h("li", { class: "deal", "data-campaign": campaign.id, "data-kind": campaign.value.kind },
      h("div", { class: "deal-head" }, h("h3", {}), h("span", { class: "status" })),
      h("p", { class: "kind" }), h("ol", { class: "drops" }), h("div", { class: "card-does" }), form, problem);
    const card = { node, problem };
    this.cards.set(campaign.id, card);
    this.list.append(node);
    return card;
  }

  /** The drops with what is left, and where each stands now. */
  tick() {
    const now = this.use.now();
    const stock = this.room.state.totals.coupon_stock?.campaigns;
    for (const campaign of this.campaigns()) {
      const card = this.cards.get(campaign.id);
      const offers = offersOf({ only: campaign }, stock).filter((offer, at, all) => phaseOf(offer, now) !== "over" || at === all.length - 1);
      if (card) must(".drops", card.node).replaceChildren(...offers.slice(-3).map((offer) => dropLine(offer, now)));
    }
  }

  async carryOut(campaign, does) {
    if (does === "end" && !(await this.use.ask({ title: t("campaign.end_title", { name: campaign.name }), body: t("campaign.end_body"), yes: t("campaign.end") }))) return;
    await this.send(campaign, does).catch(() => {}); // told under the campaign
  }

  async send(campaign, does, facts = {}) {
    const { problem } = this.cards.get(campaign.id);
    problem.hidden = true;
    try {
      await this.room.send(`campaign.${does}`, { campaign: campaign.id, ...facts });
    } catch (error) {
      problem.textContent = sayError(error);
      problem.hidden = false;
      throw error;
    }
  }
}

function dropLine(offer, now) {
  const phase = phaseOf(offer, now);
  const share = h("i", {});
  share.style.width = `${Math.round((100 * offer.left) / Math.max(1, offer.drop.stock))}%`;
  const says = { waiting: () => t("launch.soon", { time: countdown(offer.startsAt - now) }), open: () => t("launch.running", { time: countdown(offer.endsAt - now) }) };
  return h("li", { "data-phase": phase, "data-drop": offer.drop.id },
    h("span", { class: "number" }, t("campaign.stock", { left: offer.left, stock: offer.drop.stock })),
    h("span", { class: "number" }, offer.campaign.status === "draft" ? "" : (says[phase]?.() ?? t(`drop.${phase}`))),
    h("span", { class: "meter", "aria-hidden": "true" }, share));
}
