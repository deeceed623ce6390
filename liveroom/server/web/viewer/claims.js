/**
 * What this viewer claimed and holds, and what the server's answers say in words.
 * Promise: a tap that got no answer is repeated with the same key, so it counts once; what is held is the server's
 * list with every later change.
 */

import { money } from "../shared/money.js";
import { ofRoom, read } from "../shared/api.js";
import { ruleWords } from "../shared/offers.js";
import { sayError } from "../shared/errors.js";
import { t } from "../i18n.js";

const DEFAULTS = { status: "issued" };
const GIVEN_BACK = "released";

export class Claims {
  /** @param {object} room @param {() => string | null} token @param {() => void} onChange */
  constructor(room, token, onChange) {
    this.room = room;
    this.token = token;
    this.onChange = onChange;
    this.grants = new Map();
    this.said = new Map();
    this.keys = new Map();
    room.on("joined", () => this.load());
    room.on("coupon.grant_updated", ({ grant }) => this.keep(grant));
    if (room.status === "joined") this.load();
  }

  async load() {
    const token = this.token();
    if (!token) return; // a guest holds nothing
    const mine = await read(ofRoom(this.room, "my/coupons"), token);
    if (!mine) return; // asked again with the next join
    for (const grant of mine.grants) this.grants.set(grant.id, { ...DEFAULTS, ...grant });
    this.onChange();
  }

  keep(grant) {
    this.grants.set(grant.id, { ...DEFAULTS, ...grant });
    this.onChange();
  }

  /** The coupons one has, newest first. */
  held() {
    return [...this.grants.values()].filter((grant) => grant.status !== GIVEN_BACK).reverse();
  }

  /** Whether there is nothing more to get from this offer for this viewer. */
  isDone({ campaign, drop }) {
    const mine = this.held().filter((grant) => grant.campaign === campaign.id);
    return mine.length >= (campaign.per_user ?? 1) || mine.filter((grant) => grant.drop === drop.id).length >= (campaign.per_drop ?? 1);
  }

  /**
   * Ask the server for one.
   * @returns {Promise<{good: boolean, again?: boolean, title?: string, sum?: string, line: string}>} `again`: try once more
   */
  async claim(offer) {
    const { campaign, drop } = offer;
    const key = this.keys.get(offer.id) ?? randomKey();
    this.keys.set(offer.id, key);
    let answer;
    try {
      const ack = await this.room.send("coupon.claim", { campaign: campaign.id, drop: drop.id }, { key });
      this.keys.delete(offer.id);
      if (ack.grant) this.keep(ack.grant);
      answer = words(ack, offer);
    } catch (error) {
      if (!error.retryable) this.keys.delete(offer.id);
      answer = { good: false, again: true, line: sayError(error) };
    }
    this.said.set(offer.id, answer);
    this.onChange();
    return answer;
  }
}

/** An outcome as a title, a sum and a line. */
function words({ outcome, grant, rule, reason }, { campaign }) {
  const sum = grant && money(grant.amount, grant.currency);
  if (outcome === "granted") return { good: true, title: t("claim.granted"), sum, line: t("claim.granted_line") };
  if (outcome === "already_claimed") return { good: true, title: t("claim.already"), sum, line: t("claim.granted_line") };
  if (outcome === "sold_out") return { good: false, title: t("rain.missed"), line: t("claim.sold_out") };
  if (outcome === "not_eligible") return { good: false, title: t("claim.not_eligible"), line: ruleWords(rule, campaign) };
  return { good: false, again: reason === "early", title: t("claim.not_open"), line: t(`claim.not_open_${reason}`) };
}

const randomKey = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
