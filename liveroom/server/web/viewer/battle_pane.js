/**
 * One host in a battle: the camera or a sign, the name, the vote, and the marks (away, given up, won, lost).
 */

import { h } from "../shared/dom.js";
import { initial } from "../shared/numbers.js";
import { points } from "../shared/battle.js";
import { t } from "../i18n.js";

export class Pane {
  /** @param {object} party @param {() => void} onVote */
  constructor(party, onVote) {
    this.sign = h("span", { class: "pane-sign", "aria-hidden": "true" });
    this.name = h("strong", {});
    this.score = h("b", { class: "number" });
    this.wins = h("small", {});
    this.mark = h("p", { class: "pane-mark" });
    this.vote = h("button", { class: "pane-vote", type: "button", onclick: onVote });
    this.node = h("section", { class: "pane", "data-room": party.room, "data-camera": party.host.id, "data-rank": 2 },
      this.sign, this.mark, h("p", { class: "pane-name" }, this.name, this.score, this.wins), this.vote);
  }

  /** @param {object} party with points, side and outcome @param {{own: boolean, alone: boolean, vote: object | null}} shown */
  set(party, { own, alone, vote }) {
    const { node } = this;
    node.dataset.side = party.sideAt;
    node.toggleAttribute("data-own", own);
    node.ariaLabel = party.host.name;
    this.sign.textContent = initial(party.host.name);
    this.name.textContent = party.host.name;
    this.score.textContent = alone ? "" : points(party.score);
    this.wins.textContent = party.wins > 0 ? t("battle.wins", { count: party.wins }) : "";
    const mark = markOf(party);
    node.dataset.mark = mark;
    this.mark.textContent = mark ? t(`battle.mark_${mark}`) : "";
    this.vote.hidden = !vote;
    this.vote.textContent = vote?.text ?? "";
    this.vote.disabled = !vote?.may;
    if (vote) this.vote.ariaLabel = `${vote.text} · ${party.host.name}`;
  }
}

function markOf({ outcome, out, away }) {
  if (outcome) return outcome;
  if (out) return out;
  return away ? "away" : "";
}
