/**
 * The polls of the room on the viewer's page. Promise: one tap is one vote, also when the answer was lost: the same
 * key is used again; what is shown of a vote is what the server has.
 */

import { countdown, ruleWords } from "../shared/offers.js";
import { PollCard } from "./poll_card.js";
import { sayError } from "../shared/errors.js";
import { t } from "../i18n.js";

const TICK_MS = 250;

export class Polls {
  /** @param {import("./front.js").Front} front
   * @param {{room: object, now: () => number, me: () => {guest: boolean} | null}} use */
  constructor(front, { room, now, me }) {
    this.front = front;
    this.room = room;
    this.now = now;
    this.me = me;
    this.cards = new Map();
    this.votes = new Map();
    this.said = new Map();
    this.keys = new Map();
    this.busy = new Set();
    for (const kind of ["snapshot", "poll.changed", "poll_votes"]) room.on(kind, () => this.render());
    room.on("joined", () => this.enter());
    document.addEventListener("languagechanged", () => this.render());
    setInterval(() => this.tick(), TICK_MS);
    if (room.status === "joined") this.enter();
  }

  enter() {
    for (const [id, vote] of Object.entries(this.room.state.me.votes ?? {})) this.votes.set(id, vote);
    this.render();
  }

  render() {
    const { polls = {}, totals } = this.room.state;
    for (const id of this.cards.keys()) if (!(id in polls)) this.forget(id);
    for (const poll of Object.values(polls)) this.show(poll, totals.poll_votes?.polls?.[poll.id]);
    this.tick();
  }

  show(poll, tally) {
    const { id } = poll;
    const card = this.cards.get(id) ?? this.make(id);
    const mine = { vote: this.votes.get(id), said: this.said.get(id), busy: this.busy.has(id), mayVote: !(this.me()?.guest ?? true) };
    card.show(poll, tally, mine);
    this.front.put(`poll ${id}`, card.node, { sign: "poll", label: `${t(`poll.kind_${poll.kind}`)}: ${poll.question}` });
  }

  make(id) {
    const card = new PollCard({ onVote: (choices) => this.vote(id, choices), onClose: () => this.front.putAway(`poll ${id}`) });
    this.cards.set(id, card);
    return card;
  }

  forget(id) {
    this.cards.delete(id);
    this.front.remove(`poll ${id}`);
  }

  tick() {
    for (const [id, card] of this.cards) {
      const poll = this.room.state.polls[id];
      const text = poll.status === "open" ? countdown(Math.max(0, poll.ends_at - this.now())) : t(`poll.${poll.status}`);
      card.tick(text);
      this.front.foot(`poll ${id}`, text);
    }
  }

  async vote(id, choices) {
    const what = choices.join();
    const unanswered = this.keys.get(id);
    const key = unanswered?.what === what ? unanswered.key : undefined;
    this.busy.add(id);
    this.said.delete(id);
    this.render();
    try {
      const ack = await this.room.send("poll.vote", { poll: id, choices }, { key });
      this.keys.delete(id);
      if (ack.choices) this.votes.set(id, ack.choices);
      if (ack.outcome !== "counted") this.said.set(id, this.words(id, ack));
    } catch (error) {
      if (error.retryable) this.keys.set(id, { what, key: error.key });
      this.said.set(id, sayError(error));
    }
    this.busy.delete(id);
    this.render();
  }

  words(id, { outcome, rule }) {
    if (outcome !== "not_eligible") return t(`poll.${outcome}`);
    return ruleWords(rule, { audience: this.room.state.polls[id]?.audience });
  }
}
