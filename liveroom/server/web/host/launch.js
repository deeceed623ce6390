/**
 * The form that launches a drop: how many, how much in all, in how many seconds, for how long.
 * Promise: it sends integers of the smallest unit; a pot that cannot be shared out is told before it is sent.
 */

import { field, lastsSelect, select, textInput } from "../shared/form.js";
import { h } from "../shared/dom.js";
import { money, parseMoney } from "../shared/money.js";
import { t } from "../i18n.js";

const STARTS_IN_S = [5, 10, 30, 60];
const LASTS_S = [30, 60, 300, 1800];
const STOCK_MOST = 1_000_000;

/** @param {object} campaign @param {(facts: object) => Promise<unknown>} onLaunch @returns {HTMLElement} */
export function launchForm(campaign, onLaunch) {
  const packet = campaign.value.kind === "random";
  const stock = textInput("stock", { inputMode: "numeric", value: "50" });
  const pot = packet && textInput("pot", { inputMode: "decimal", value: suggestPot(campaign, 50) });
  const starts = select("in_s", STARTS_IN_S.map((count) => [count, t("launch.seconds", { count })]), 10);
  const lasts = lastsSelect(LASTS_S, 60);
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const go = h("button", { class: "primary", type: "submit" }, t("launch.go"));
  const form = h("form", { class: "launch", noValidate: true }, field(t("launch.stock"), stock), packet && field(t("launch.pot"), pot), field(t("launch.in"), starts), field(t("launch.lasts"), lasts), go, problem);
  const fold = h("details", { class: "launch-place" }, h("summary", {}, t(packet ? "launch.packet" : "launch.coupon")), form);
  if (packet) followStock(campaign, stock, pot);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const facts = { stock: Number(stock.value), in_s: Number(starts.value), lasts_s: Number(lasts.value) };
    if (packet) facts.pot = parseMoney(pot.value, campaign.currency);
    problem.textContent = fault(campaign, facts);
    problem.hidden = problem.textContent === "";
    if (!problem.hidden) return;
    go.disabled = true;
    await onLaunch(facts).then(() => (fold.open = false), () => {}); // a refusal is told under the campaign
    go.disabled = false;
  });
  return fold;
}

/** The pot grows with the number of packets until somebody writes a sum of their own. */
function followStock(campaign, stock, pot) {
  let own = false;
  pot.addEventListener("input", () => (own = true));
  stock.addEventListener("input", () => {
    if (!own) pot.value = suggestPot(campaign, Number(stock.value));
  });
}

/** What is wrong with it, in words; empty: nothing. */
function fault({ value, currency }, { stock, pot }) {
  if (!Number.isInteger(stock) || stock < 1 || stock > STOCK_MOST) return t("launch.bad_stock");
  if (pot === undefined) return "";
  const [min, max] = [stock * value.min, stock * value.max];
  return pot === null || pot < min || pot > max ? t("launch.bad_pot", { min: money(min, currency), max: money(max, currency) }) : "";
}

/** A pot in the middle of what is possible, in whole units of the currency where that fits. */
function suggestPot({ value, currency }, stock) {
  if (!Number.isInteger(stock) || stock < 1) return "";
  const unit = parseMoney("1", currency);
  const middle = Math.round((stock * (value.min + value.max)) / 2);
  const whole = Math.round(middle / unit) * unit;
  const pot = whole >= stock * value.min && whole <= stock * value.max ? whole : middle;
  return pot % unit === 0 ? String(pot / unit) : (pot / unit).toFixed(String(unit).length - 1);
}
