/**
 * The polls of the room as the host runs them: ask, see the votes come in, close, say what was right, put away.
 * Promise: what is shown is what the server said last; a refusal stands under the poll that it concerns.
 */

import { choicesOf, standing } from "../shared/ballots.js";
import { countdown } from "../shared/offers.js";
import { h, must } from "../shared/dom.js";
import { count } from "../shared/numbers.js";
import { sayError } from "../shared/errors.js";
import { SteadyList } from "../shared/steady.js";
import { t } from "../i18n.js";
import { pollForm } from "./poll_form.js";

const TICK_MS = 500;
const DOES = { open: ["close", "cancel"], closed: ["hide"], settled: ["hide"] };

export class PollPanel {
  /** @param {HTMLElement} place @param {object} room @param {{now: () => number, ask: (q: object) => Promise<boolean>}} use */
  constructor(place, room, use) {
    this.place = place;
    this.room = room;
    this.use = use;
    this.problems = new Map();
    this.cards = new SteadyList(must(".polls", place), (facts) => this.card(facts));
    for (const kind of ["joined", "snapshot", "poll.changed", "poll_votes"]) room.on(kind, () => this.render());
    document.addEventListener("languagechanged", () => this.renew());
    setInterval(() => this.tick(), TICK_MS);
    this.renew();
  }

  renew() {
    must(".new-poll", this.place).replaceChildren(pollForm((facts) => this.room.send("poll.open", facts)));
    this.cards.forget();
    this.render();
  }

  polls() {
    return Object.values(this.room.state.polls ?? {}).sort((one, other) => other.opened_at - one.opened_at);
  }

  /** Votes alone move bars: no button moves under a finger. */
  render() {
    const polls = this.polls();
    this.cards.show(polls.map((poll) => ({ ...poll, problem: this.problems.get(poll.id) })));
    for (const poll of polls) this.count(poll, this.cards.node(poll.id));
    this.tick();
  }

  card({ problem, ...poll }) {
    const awaits = poll.kind === "prediction" && poll.status === "closed";
    return h("li", { class: "act", "data-poll": poll.id, "data-status": poll.status },
      h("div", { class: "act-head" }, h("span", { class: "status" }, t(`poll.kind_${poll.kind}`)), h("time", {})),
      h("h3", {}, poll.question),
      h("ul", { class: "bars" }, ...poll.choices.map((choice) => barLine(choice, poll))),
      h("p", { class: "sub voters" }),
      awaits && h("p", { class: "sub" }, t("poll.settle_line")),
      awaits && h("div", { class: "card-does settle" }, ...poll.choices.map(({ id, text }) => this.button(poll, "settle", text, { right: id }))),
      h("div", { class: "card-does" }, ...(awaits ? ["cancel"] : (DOES[poll.status] ?? [])).map((does) => this.button(poll, does, t(`poll.${does}`)))),
      problem && h("p", { class: "problem", role: "alert" }, problem));
  }

  count(poll, node) {
    const tally = this.room.state.totals.poll_votes?.polls?.[poll.id];
    const told = standing(poll, tally);
    must(".voters", node).textContent = told ? t("poll.voters", { count: count(told.voters) }) : t("poll.secret");
    for (const { id, votes, share, leads } of told ? choicesOf(poll, tally) : []) {
      const line = must(`[data-choice="${id}"]`, node);
      must(".meter i", line).style.width = `${share}%`;
      line.dataset.leads = leads;
      must(".number", line).textContent = `${count(votes)} · ${share}%`;
    }
  }

  button(poll, does, text, facts = {}) {
    return h("button", { type: "button", "data-does": does, onclick: () => this.carryOut(poll, does, facts) }, text);
  }

  async carryOut(poll, does, facts) {
    if (does === "cancel" && !(await this.use.ask({ title: t("poll.cancel_title"), body: t("poll.cancel_body"), yes: t("poll.cancel") }))) return;
    this.problems.delete(poll.id);
    try {
      await this.room.send(`poll.${does}`, { poll: poll.id, ...facts });
    } catch (error) {
      this.problems.set(poll.id, sayError(error));
      this.render();
    }
  }

  tick() {
    for (const poll of this.polls()) {
      const node = this.cards.node(poll.id);
      if (node) must("time", node).textContent = poll.status === "open" ? countdown(Math.max(0, poll.ends_at - this.use.now())) : t(`poll.${poll.status}`);
    }
  }
}

const barLine = ({ id, text }, poll) => h("li", { "data-choice": id, "data-right": poll.right === id },
  h("span", { class: "words" }, text), h("span", { class: "number" }), h("span", { class: "meter", "aria-hidden": "true" }, h("i", {})));
