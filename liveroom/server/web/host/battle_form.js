/**
 * The form that begins a battle: against whom, how, how long; or against whoever looks for one too.
 * Promise: rooms that were invited are remembered in this browser, the last five.
 */

import { field, lastsSelect, select, textInput } from "../shared/form.js";
import { h } from "../shared/dom.js";
import { t } from "../i18n.js";

const DURATIONS_S = [60, 180, 300, 600];
const USUAL_S = 300;
const MOST = 3;
const KEPT = 5;
const KEY = "liveroom.rivals";
const MODES = ["solo", "one_against_all", "teams"];

const kept = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");
const namesIn = (text) => [...new Set(text.split(/[\s,，、;；]+/).filter(Boolean))];

/** @param {object} room @param {(type: string, data?: object) => Promise<object | null>} send tells a refusal itself @returns {HTMLElement} */
export function battleForm(room, send) {
  const rivals = textInput("rivals", { autocapitalize: "none", "aria-describedby": "rivals-hint" });
  const mode = select("mode", MODES.map((each) => [each, t(`mode.${each}`)]));
  const partner = select("partner", []);
  const lasts = lastsSelect(DURATIONS_S, USUAL_S);
  const invite = h("button", { class: "primary", type: "submit" }, t("battle.invite"));
  const seek = h("button", { class: "plain", type: "button", onclick: () => send("battle.seek") }, t("battle.seek"));
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const [modeField, partnerField] = [field(t("battle.mode"), mode), field(t("battle.partner"), partner)];
  const follow = () => {
    const names = namesIn(rivals.value);
    modeField.hidden = names.length < 2;
    partnerField.hidden = names.length < 2 || mode.value !== "teams";
    const chosen = partner.value;
    partner.replaceChildren(...names.map((name) => h("option", { value: name, selected: name === chosen }, name)));
  };
  const chips = kept().filter((name) => name !== room.name).map((name) =>
    h("button", { class: "chip", type: "button", onclick: () => ((rivals.value = namesIn(`${rivals.value} ${name}`).join(" ")), follow()) }, name));
  rivals.addEventListener("input", follow);
  mode.addEventListener("change", follow);
  follow();
  const form = h("form", { class: "launch battle-form", noValidate: true },
    h("div", { class: "wide" }, field(t("battle.rivals"), rivals), h("small", { id: "rivals-hint" }, t("battle.rivals_hint")), h("div", { class: "chips" }, ...chips)),
    modeField, partnerField, field(t("launch.lasts"), lasts), invite, seek, problem);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const names = namesIn(rivals.value).filter((name) => name !== room.name);
    problem.textContent = faultOf(names, mode.value);
    problem.hidden = problem.textContent === "";
    if (!problem.hidden) return;
    invite.disabled = true;
    if (await send("battle.invite", { ...wanted(names, mode.value, partner.value), duration_s: Number(lasts.value) })) keep(names);
    invite.disabled = false;
  });
  return form;
}

function faultOf(names, mode) {
  if (names.length === 0) return t("battle.no_rival");
  if (names.length > MOST) return t("battle.too_many");
  return names.length > 1 && mode === "teams" && names.length !== MOST ? t("battle.teams_need") : "";
}

function wanted(names, mode, partner) {
  if (names.length === 1) return { opponents: names };
  if (mode !== "teams") return { opponents: names, mode };
  return { opponents: names.filter((name) => name !== partner), partner, mode };
}

function keep(names) {
  localStorage.setItem(KEY, JSON.stringify([...new Set([...names, ...kept()])].slice(0, KEPT)));
}
