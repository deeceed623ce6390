/**
 * Gifts on the viewer's page: catalogue, drawer, combo, banners, effects and ranks, joined to the room.
 * Promise: what is shown of a gift comes from the room alone; an outcome that is no gift is told in words.
 */

import { must } from "../shared/dom.js";
import { Catalogue, ofShow } from "../shared/gifts.js";
import { ofRoom, read } from "../shared/api.js";
import { t, tOptional } from "../i18n.js";
import { GiftBanners } from "./gift_banners.js";
import { GiftCombo } from "./gift_combo.js";
import { GiftDrawer } from "./gift_drawer.js";
import { GiftEffects } from "./gift_effects.js";
import { Ranks } from "./ranks.js";

/** The server's answer was not `sent`. */
class NotSent extends Error {
  constructor({ outcome, reason }) {
    super(tOptional(`gift.${outcome}_${reason}`) ?? tOptional(`gift.${outcome}`) ?? t("error.unknown"));
  }
}

export class Gifts {
  /**
   * @param {HTMLElement} phone
   * @param {{room: object, me: () => {id: string, guest: boolean} | null, token: () => string | null, tell: (text: string) => void}} use
   */
  constructor(phone, { room, me, token, tell }) {
    this.room = room;
    this.tell = tell;
    this.token = token;
    this.button = must(".round.gift", phone);
    this.catalogue = new Catalogue(() => this.offer());
    this.banners = new GiftBanners(must(".banners", phone), this.catalogue);
    this.effects = new GiftEffects(must(".gift-effects", phone));
    this.combo = new GiftCombo(must(".combo", phone), (gift, count) => this.goOn(gift, count));
    this.drawer = new GiftDrawer(must(".gift-drawer", phone), (gift, count) => this.begin(gift, count));
    this.drawer.sheet.openedBy(this.button);
    this.ranks = new Ranks(must(".rank-sheet", phone), must(".rank-chip", phone), {
      meId: () => me()?.id, currency: () => this.catalogue.currency, overall: () => this.overall(), mayAsk: () => token() !== null,
    });
    this.guest = () => me()?.guest ?? true;
    this.live = false;
    this.unanswered = null;
    this.hear();
    if (room.status === "joined") this.enter();
  }

  /** What gifts cost in; undefined: not known yet. */
  get currency() {
    return this.catalogue.isLoaded ? this.catalogue.currency : undefined;
  }

  hear() {
    const { room } = this;
    room.on("joined", () => this.enter());
    room.on("room.went_live", () => this.ranks.set([]));
    room.on("gift_ranks", ({ top = [] }) => this.ranks.set(top));
    room.on("gift.sent", (sent) => {
      if (!this.catalogue.isLoaded) return;
      this.banners.show(sent);
      this.effects.play(this.catalogue.get(sent.gift), sent.added);
    });
    room.on("gift.combo_closed", (closed) => this.banners.settle(closed));
    document.addEventListener("languagechanged", () => this.drawer.render());
  }

  enter() {
    this.catalogue.load();
    const { show, totals } = this.room.state;
    this.ranks.set(ofShow(totals.gift_ranks, show)?.top ?? []);
  }

  /** Gifts are sent while a show is live, by people with a name of their own. */
  allow(phase) {
    this.live = phase === "live";
    this.offer();
    if (!this.live) {
      this.drawer.sheet.close();
      this.combo.end();
    }
  }

  offer() {
    this.drawer.set(this.catalogue);
    this.button.hidden = this.guest() || (this.catalogue.isLoaded && !this.catalogue.open);
    this.button.toggleAttribute("data-coming", !this.catalogue.isLoaded);
    this.button.disabled = !this.live;
  }

  async begin(gift, count) {
    const { combo } = await this.send(gift, count);
    if (combo) this.combo.begin(gift, count, combo.count);
  }

  async goOn(gift, count) {
    try {
      const { combo } = await this.send(gift, count);
      return combo?.count ?? 0;
    } catch (error) {
      this.tell(error.message);
      throw error;
    }
  }

  async send(gift, count) {
    const what = `${gift.id} ${count}`;
    const key = this.unanswered?.what === what ? this.unanswered.key : undefined;
    this.unanswered = null;
    try {
      const ack = await this.room.send("gift.send", { gift: gift.id, count }, { key });
      if (ack.outcome !== "sent") throw new NotSent(ack);
      return ack;
    } catch (error) {
      // Nobody knows whether it took effect: the same key makes the next try safe.
      if (error.retryable) this.unanswered = { what, key: error.key };
      throw error;
    }
  }

  async overall() {
    const page = await read(ofRoom(this.room, "gifts/ranks?limit=10"), this.token());
    if (!page) throw new Error(t("rank.failed"));
    return page.ranks;
  }
}
