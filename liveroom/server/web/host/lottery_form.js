/**
 * The form that opens a draw: what there is to win, how to enter, for how long.
 */

import { adder, field, foldedForm, lastsSelect, select, textInput } from "../shared/form.js";
import { h } from "../shared/dom.js";
import { t } from "../i18n.js";

const LASTS_S = [30, 60, 180, 300, 600, 1800];
const PRIZES_MOST = 10;
const WINNERS_MOST = 100;

/** @param {(facts: object) => Promise<unknown>} send @returns {HTMLElement} */
export const lotteryForm = (send) => foldedForm({ title: t("lottery.new"), go: t("lottery.start"), parts, read, send });

function parts() {
  const prizes = h("div", { class: "wide prize-fields" }, prizeField());
  const more = adder(prizes, t("lottery.more_prizes"), prizeField, PRIZES_MOST);
  const how = select("how", [["tap", t("lottery.by_tap")], ["comment", t("lottery.by_comment")]], "tap");
  const keyword = field(t("lottery.keyword"), textInput("keyword", { maxLength: 20, value: "1" }), { class: "wide" });
  keyword.hidden = true;
  how.addEventListener("change", () => (keyword.hidden = how.value !== "comment"));
  const who = select("who", [["all", t("lottery.all")], ["followed", t("rule.followed")], ["fan", t("rule.fan")], ["member", t("rule.member")]], "all");
  return [field(t("lottery.title"), textInput("title", { maxLength: 40, value: t("lottery.title_usual") }), { class: "wide" }),
    prizes, more, field(t("lottery.how"), how), field(t("poll.lasts"), lastsSelect(LASTS_S, 180)), keyword, field(t("lottery.who"), who, { class: "wide" })];
}

const prizeField = () => h("div", { class: "choice-field" },
  textInput("prize", { maxLength: 40, placeholder: t("lottery.prize"), "aria-label": t("lottery.prize") }),
  h("input", { name: "count", class: "short", inputMode: "numeric", autocomplete: "off", value: "1", "aria-label": t("lottery.count") }));

function read(form) {
  const given = new FormData(form);
  const counts = given.getAll("count");
  const prizes = given.getAll("prize").map((name, at) => ({ name: name.trim(), count: Number(counts[at]) })).filter(({ name }) => name);
  const title = given.get("title").trim();
  if (!title || prizes.length === 0) return t("lottery.bad_prizes");
  const winners = prizes.reduce((sum, { count }) => sum + count, 0);
  if (prizes.some(({ count }) => !Number.isInteger(count) || count < 1) || winners > WINNERS_MOST) return t("lottery.bad_count", { most: WINNERS_MOST });
  const facts = { title, prizes, lasts_s: Number(given.get("lasts_s")) };
  if (given.get("who") !== "all") facts.audience = { [given.get("who")]: true };
  if (given.get("how") === "tap") return facts;
  const keyword = given.get("keyword").trim();
  return keyword ? { ...facts, way: { how: "comment", keyword } } : t("lottery.bad_keyword");
}
