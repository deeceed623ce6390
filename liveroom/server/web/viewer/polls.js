/**
 * The polls of the room on the viewer's page. Promise: what is shown of a vote is what the server has.
 */

import { ruleWords } from "../shared/offers.js";
import { FrontCards } from "./front_cards.js";
import { PollCard } from "./poll_card.js";
import { t } from "../i18n.js";

export class Polls extends FrontCards {
  /** @param {import("./front.js").Front} front
   * @param {{room: object, now: () => number, me: () => {guest: boolean} | null}} use */
  constructor(front, use) {
    super(front, use, { one: "poll", many: "polls", sign: "poll", kinds: ["poll.changed", "poll_votes"] });
    this.votes = new Map();
    this.begin();
  }

  enter() {
    for (const [id, vote] of Object.entries(this.room.state.me.votes ?? {})) this.votes.set(id, vote);
    this.render();
  }

  make(id) {
    return new PollCard({ onVote: (choices) => this.vote(id, choices), onClose: () => this.front.putAway(this.key(id)) });
  }

  fill(card, poll) {
    const { id } = poll;
    const mine = { vote: this.votes.get(id), said: this.said.get(id), busy: this.busy.has(id), mayVote: this.may };
    card.show(poll, this.room.state.totals.poll_votes?.polls?.[id], mine);
  }

  label({ kind, question }) {
    return `${t(`poll.kind_${kind}`)}: ${question}`;
  }

  says(status) {
    return t(`poll.${status}`);
  }

  async vote(id, choices) {
    const ack = await this.send(id, "poll.vote", { poll: id, choices });
    if (!ack) return;
    if (ack.choices) this.votes.set(id, ack.choices);
    if (ack.outcome !== "counted") this.said.set(id, this.words(id, ack));
    this.render();
  }

  words(id, { outcome, rule }) {
    if (outcome !== "not_eligible") return t(`poll.${outcome}`);
    return ruleWords(rule, { audience: this.all[id]?.audience });
  }
}
