/**
 * Who may write, how often, and whose comments wait: switches that hold at once.
 * Promise: a switch shows what the server has; one that was refused goes back and says why; each stays the same element,
 * so that the focus does.
 */

import { h, must } from "../shared/dom.js";
import { sendTold } from "../shared/told.js";
import { t } from "../i18n.js";

const SLOW_S = [0, 5, 10, 30, 60, 120];
const LEVELS = [5, 10, 20, 30];
const WHO = {
  everybody: { followers_only: false, members_only: false, min_level: 0 },
  followers: { followers_only: true, members_only: false, min_level: 0 },
  members: { followers_only: false, members_only: true, min_level: 0 },
};
const HOLD = ["nobody", "guests", "everybody"];

export class TalkRules {
  /** @param {HTMLElement} place @param {object} room */
  constructor(place, room) {
    this.place = place;
    this.room = room;
    this.problem = must(".problem", place);
    for (const kind of ["joined", "snapshot", "talk.changed"]) room.on(kind, () => this.render());
    document.addEventListener("languagechanged", () => this.render());
    this.make();
    this.render();
  }

  get talk() {
    return Object.values(this.room.state.talk ?? {})[0];
  }

  render() {
    const rules = this.talk?.rules ?? {};
    const slow = withValue(SLOW_S, rules.slow_s).map((s) => [s, s ? t("order.slow_of", { seconds: s }) : t("order.slow_off")]);
    this.choose("slow_s", slow, rules.slow_s ?? 0);
    this.choose("who", this.whos(rules), whoOf(rules));
    this.choose("hold", HOLD.map((one) => [one, t(`order.hold_${one}`)]), rules.hold ?? "nobody");
    this.all.checked = rules.muted_all ?? false;
    must("span", this.all.parentElement).textContent = t("order.muted_all");
    must(".rules", this.place).dataset.version = this.talk?.version ?? 0;
    this.renderPinned();
  }

  make() {
    this.all = h("input", { type: "checkbox", name: "muted_all" });
    this.all.addEventListener("change", () => this.set({ muted_all: this.all.checked }));
    must(".rules", this.place).append(
      h("label", { class: "switch" }, h("span", {}), this.all),
      this.choice("slow_s", (value) => ({ slow_s: Number(value) })),
      this.choice("who", (value) => WHO[value] ?? { ...WHO.everybody, min_level: Number(value) }),
      this.choice("hold", (value) => ({ hold: value })));
  }

  whos({ min_level: level = 0 }) {
    const levels = withValue(LEVELS, level).filter(Boolean);
    return [...Object.keys(WHO).map((one) => [one, t(`order.who_${one}`)]), ...levels.map((one) => [one, t("order.who_level", { level: one })])];
  }

  choice(name, factsOf) {
    const select = h("select", { name, onchange: () => this.set(factsOf(select.value)) });
    return h("label", {}, h("span", {}), select);
  }

  choose(name, options, value) {
    const select = must(`select[name=${name}]`, this.place);
    const look = JSON.stringify(options);
    if (select.dataset.look !== look) select.replaceChildren(...options.map(([id, text]) => h("option", { value: id }, text)));
    select.dataset.look = look;
    select.value = value;
    must("span", select.parentElement).textContent = t(`order.${name}`);
  }

  renderPinned() {
    const place = must(".pinned-now", this.place);
    const comment = this.talk?.pinned?.comment;
    place.hidden = !comment;
    if (!comment) return;
    place.replaceChildren(h("span", {}, h("b", {}, comment.by.name), " ", comment.text),
      h("button", { class: "plain", type: "button", "data-does": "unpin", onclick: () => this.send("comment.unpin", {}) }, t("order.unpin")));
  }

  set(facts) {
    return this.send("talk.set_rules", facts);
  }

  async send(type, facts) {
    if (!(await sendTold(this.room, this.problem, type, facts))) this.render();
  }
}

function whoOf({ followers_only: followers, members_only: members, min_level: level }) {
  if (members) return "members";
  return followers ? "followers" : level || "everybody";
}

/** The usual values and the one that holds. */
const withValue = (usual, value = 0) => [...new Set([...usual, value])].sort((one, other) => one - other);
