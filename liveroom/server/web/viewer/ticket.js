/**
 * One offer, or one coupon that is held, as a ticket.
 */

import { audienceWords, countdown, worth } from "../shared/offers.js";
import { h } from "../shared/dom.js";
import { money } from "../shared/money.js";
import { t, tOptional } from "../i18n.js";

/** @param {object} offer @param {{phase: string, said: object | undefined, onTake: () => void}} state */
export function offerTicket(offer, { phase, said, onTake }) {
  const { campaign, kind } = offer;
  const take = h("button", { class: "take", type: "button", disabled: phase !== "open", onclick: onTake }, t(`drop.${phase}`));
  const outcome = said && h("p", { class: "outcome", role: "status", "data-good": said.good }, [said.title, said.line].filter(Boolean).join(" · "));
  return h("li", { class: "ticket", "data-kind": kind, "data-offer": offer.id, "data-phase": phase },
    h("div", { class: "worth" }, h("b", {}, kind === "packet" ? t("drop.packet_sign") : worth(campaign)), h("small", {}, kind === "packet" ? worth(campaign) : t("drop.coupon"))),
    h("div", { class: "about" },
      h("strong", {}, campaign.name),
      ...audienceWords(campaign).map((text) => h("p", {}, text)),
      h("div", { class: "does" },
        h("span", { class: "left" }, h("span", {}), h("span", { class: "meter", "aria-hidden": "true" }, h("i", {}))),
        take),
      outcome));
}

/** What is left, which changes many times a second in a rush. */
export function countTicket(node, { left, drop }) {
  const [words, meter] = node.querySelector(".left").children;
  words.textContent = t("drop.left", { left, stock: drop.stock });
  meter.firstChild.style.width = `${Math.round((100 * left) / Math.max(1, drop.stock))}%`;
}

/** The button's words while the start is awaited. */
export function tickTicket(node, offer, now) {
  if (node.dataset.phase === "waiting") node.querySelector(".take").textContent = countdown(offer.startsAt - now);
}

/** @param {object} grant as the server tells it @param {string} name of its campaign, where it is known */
export function grantTicket(grant, name, now) {
  const expired = grant.status === "expired" || (grant.status === "issued" && grant.expires_at <= now);
  const usable = !expired && (grant.status === "issued" || grant.status === "locked");
  const until = new Date(grant.expires_at).toLocaleString([], { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
  return h("li", { class: "ticket", "data-grant": grant.id, "data-spent": !usable },
    h("div", { class: "worth" }, h("b", {}, money(grant.amount, grant.currency))),
    h("div", { class: "about" },
      h("strong", {}, name),
      h("p", {}, usable ? t("coupon.until", { until }) : ""),
      h("p", {}, tOptional(`grant.${expired ? "expired" : grant.status}`) ?? grant.status),
      usable && h("code", {}, grant.id)));
}
