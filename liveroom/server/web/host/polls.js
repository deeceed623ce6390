/**
 * The polls of the room as the host runs them: ask, see the votes come in, close, say what was right, put away.
 */

import { choicesOf, standing } from "../shared/ballots.js";
import { h, must } from "../shared/dom.js";
import { count } from "../shared/numbers.js";
import { t } from "../i18n.js";
import { Acts, barLine, fillBar } from "./acts.js";
import { pollForm } from "./poll_form.js";

const DOES = { open: ["close", "cancel"], closed: ["hide"], settled: ["hide"] };

export class PollPanel extends Acts {
  /** @param {HTMLElement} place @param {object} room @param {{now: () => number, ask: (q: object) => Promise<boolean>}} use */
  constructor(place, room, use) {
    super(place, room, use, { one: "poll", many: "polls", kinds: ["poll.changed", "poll_votes"] });
  }

  form(send) {
    return pollForm((facts) => send("open", facts));
  }

  says({ status }) {
    return t(`poll.${status}`);
  }

  card({ problem, ...poll }) {
    const awaits = poll.kind === "prediction" && poll.status === "closed";
    return h("li", { class: "act", "data-poll": poll.id, "data-status": poll.status },
      h("div", { class: "act-head" }, h("span", { class: "status" }, t(`poll.kind_${poll.kind}`)), h("time", {})),
      h("h3", {}, poll.question),
      h("ul", { class: "bars" }, ...poll.choices.map((choice) => barLine(choice, { "data-right": poll.right === choice.id }))),
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
    for (const one of told ? choicesOf(poll, tally) : []) fillBar(node, one, `${count(one.votes)} · ${one.share}%`);
  }

  button(poll, does, text, facts = {}) {
    return h("button", { type: "button", "data-does": does, onclick: () => this.carryOut(poll.id, does, facts) }, text);
  }
}
