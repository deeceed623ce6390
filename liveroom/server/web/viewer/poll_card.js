/**
 * One poll, quiz or prediction as a card: tap a choice, see how it stands, learn what was right.
 * Promise: the numbers move without anything jumping under the finger; a choice is a button for the keyboard too.
 */

import { audienceWords } from "../shared/offers.js";
import { choicesOf, standing } from "../shared/ballots.js";
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { count } from "../shared/numbers.js";
import { t } from "../i18n.js";
import { FrontCard } from "./front_card.js";

export class PollCard extends FrontCard {
  /** @param {{onVote: (choices: string[]) => void, onClose: () => void}} use */
  constructor(use) {
    super("poll", use);
    this.picked = new Set();
  }

  /** @param {object} poll @param {object} [tally] @param {{vote?: string[], said?: string, busy?: boolean, mayVote: boolean}} mine */
  show(poll, tally, mine) {
    const seen = Boolean(mine.vote) || poll.status !== "open" || !mine.mayVote;
    this.renew([poll, mine, seen], () => this.build(poll, mine, seen));
    if (seen) this.count(poll, tally);
    this.voters.textContent = this.sayVoters(poll, tally, mine);
  }

  build(poll, mine, seen) {
    this.voters = h("span", { class: "voters" });
    this.bars = new Map();
    const many = (poll.picks ?? 1) > 1;
    const line = this.outcome(poll, mine);
    const submit = many && !seen && h("button", { class: "primary", type: "button", disabled: this.picked.size === 0 || mine.busy, onclick: () => this.use.onVote([...this.picked]) }, t("poll.vote"));
    Object.assign(this.node.dataset, { status: poll.status, poll: poll.id });
    return [
      this.head(t(`poll.kind_${poll.kind}`)),
      h("h2", {}, poll.question),
      ...(seen ? [] : audienceWords(poll).map((text) => h("p", { class: "for" }, text))),
      h("ul", { class: "choices", "data-many": poll.choices.length > 4 }, ...poll.choices.map((choice) => h("li", {}, this.choice(poll, choice, mine, seen, many, submit)))),
      submit || "",
      h("footer", {}, line && h("b", { role: "status", "data-good": line.good }, line.text), this.voters),
    ];
  }

  choice(poll, { id, text }, mine, seen, many, submit) {
    const bar = h("i", { "aria-hidden": "true" });
    const share = h("span", { class: "share" });
    this.bars.set(id, { bar, share });
    const state = poll.right === undefined ? undefined : poll.right === id ? "right" : mine.vote?.includes(id) ? "wrong" : "other";
    const facts = { class: "choice-row", "data-choice": id, "data-mine": mine.vote?.includes(id) ?? false, "data-state": state };
    const inside = [bar, h("span", { class: "words" }, text, mine.vote?.includes(id) && icon("check")), share];
    if (seen) return h("div", facts, ...inside);
    const node = h("button", { ...facts, type: "button", disabled: mine.busy, "aria-pressed": many ? String(this.picked.has(id)) : null }, ...inside);
    node.addEventListener("click", () => (many ? this.pick(poll, id, node, submit) : this.use.onVote([id])));
    return node;
  }

  pick(poll, id, node, submit) {
    if (!this.picked.delete(id) && this.picked.size < poll.picks) this.picked.add(id);
    node.setAttribute("aria-pressed", String(this.picked.has(id)));
    submit.disabled = this.picked.size === 0;
  }

  count(poll, tally) {
    if (!standing(poll, tally)) return;
    for (const { id, votes, share, leads } of choicesOf(poll, tally)) {
      const { bar, share: place } = this.bars.get(id);
      bar.style.width = `${share}%`;
      bar.dataset.leads = leads;
      place.textContent = `${share}%`;
      place.title = t("poll.votes", { count: count(votes) });
    }
  }

  outcome(poll, { vote, said }) {
    if (said) return { text: said };
    if (poll.status === "closed" && poll.kind === "prediction") return { text: t("poll.awaits") };
    if (poll.right === undefined) return null;
    if (!vote) return null;
    const good = vote.includes(poll.right);
    return { text: t(good ? `poll.${poll.kind}_right` : `poll.${poll.kind}_wrong`), good };
  }

  sayVoters(poll, tally, mine) {
    if (!mine.mayVote && poll.status === "open") return t("poll.guest");
    if (poll.secret && poll.status === "open") return t(mine.vote ? "poll.secret_voted" : "poll.secret");
    const told = standing(poll, tally);
    if (poll.status === "open" && !mine.vote && poll.picks > 1) return t("poll.picks", { count: poll.picks });
    return told ? t("poll.voters", { count: count(told.voters) }) : "";
  }
}
