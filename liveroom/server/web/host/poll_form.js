/**
 * The form that asks: a poll, a quiz with its right choice, or a prediction.
 * Promise: empty choices are left out; what the server would refuse is said before it is sent.
 */

import { adder, field, foldedForm, lastsSelect, select, textInput } from "../shared/form.js";
import { h } from "../shared/dom.js";
import { t } from "../i18n.js";

const KINDS = ["poll", "quiz", "prediction"];
const LASTS_S = [15, 30, 60, 120, 300, 900];
const CHOICES_MOST = 8;
const IDS = "abcdefgh";

/** @param {(facts: object) => Promise<unknown>} send @returns {HTMLElement} */
export function pollForm(send) {
  return foldedForm({ title: t("poll.new"), go: t("poll.start"), parts, read, send });
}

function parts() {
  const choices = h("div", { class: "wide choice-fields" }, ...[0, 1].map(choiceField));
  const more = adder(choices, t("poll.more_choices"), choiceField, CHOICES_MOST);
  const kind = select("kind", KINDS.map((one) => [one, t(`poll.kind_${one}`)]), "poll");
  const picks = field(t("poll.picks_label"), select("picks", [1, 2, 3].map((one) => [one, one]), 1));
  const secret = h("label", { class: "switch wide" }, h("span", {}, t("poll.secret_label")), h("input", { type: "checkbox", name: "secret" }));
  const show = () => {
    choices.dataset.kind = kind.value;
    for (const part of [picks, secret]) part.hidden = kind.value !== "poll";
  };
  kind.addEventListener("change", show);
  show();
  return [field(t("poll.kind"), kind), field(t("poll.lasts"), lastsSelect(LASTS_S, 60)), field(t("poll.question"), textInput("question", { maxLength: 80 }), { class: "wide" }), choices, more, picks, secret];
}

function choiceField(at) {
  const right = h("input", { type: "radio", name: "right", value: at, checked: at === 0, "aria-label": t("poll.right_label", { choice: IDS[at].toUpperCase() }) });
  return h("div", { class: "choice-field" }, right, textInput("choice", { maxLength: 30, required: at < 2, placeholder: t("poll.choice", { choice: IDS[at].toUpperCase() }), "aria-label": t("poll.choice", { choice: IDS[at].toUpperCase() }) }));
}

function read(form) {
  const given = new FormData(form);
  const texts = given.getAll("choice").map((text) => text.trim());
  const choices = texts.filter(Boolean);
  const question = given.get("question").trim();
  if (!question) return t("poll.bad_question");
  if (choices.length < 2 || new Set(choices).size < choices.length) return t("poll.bad_choices");
  const facts = { question, choices, kind: given.get("kind"), lasts_s: Number(given.get("lasts_s")) };
  if (facts.kind === "quiz") {
    const right = texts[Number(given.get("right"))];
    if (!right) return t("poll.bad_right");
    return { ...facts, right: IDS[choices.indexOf(right)] };
  }
  const picks = Number(given.get("picks"));
  if (facts.kind === "poll" && picks > 1) facts.picks = Math.min(picks, choices.length);
  if (facts.kind === "poll" && given.has("secret")) facts.secret = true;
  return facts;
}
