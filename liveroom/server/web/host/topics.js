/**
 * The topic as the host sets it: what viewers are to talk about, and what they think of it.
 * Promise: one is open at a time, and the next one closes it; what is shown is what the server counted.
 */

import { countdown } from "../shared/offers.js";
import { field, foldedForm, textInput } from "../shared/form.js";
import { h, must } from "../shared/dom.js";
import { opinionsOf } from "../shared/opinions.js";
import { count } from "../shared/numbers.js";
import { sayError } from "../shared/errors.js";
import { SteadyList } from "../shared/steady.js";
import { t } from "../i18n.js";

const TICK_MS = 500;
const OPINIONS_MOST = 6;
const DOES = { open: "close", closed: "hide" };

export class TopicPanel {
  /** @param {HTMLElement} place @param {object} room @param {{now: () => number}} use */
  constructor(place, room, use) {
    this.place = place;
    this.room = room;
    this.use = use;
    this.problems = new Map();
    this.cards = new SteadyList(must(".topics", place), (facts) => this.card(facts));
    for (const kind of ["joined", "snapshot", "topic.changed", "topic_heat"]) room.on(kind, () => this.render());
    document.addEventListener("languagechanged", () => this.renew());
    setInterval(() => this.tick(), TICK_MS);
    this.renew();
  }

  renew() {
    const send = (facts) => this.room.send("topic.set", facts);
    must(".new-topic", this.place).replaceChildren(foldedForm({ title: t("topic.new"), go: t("topic.set"), parts, read, send }));
    this.cards.forget();
    this.render();
  }

  topics() {
    return Object.values(this.room.state.topics ?? {}).sort((one, other) => other.opened_at - one.opened_at);
  }

  render() {
    const topics = this.topics();
    this.cards.show(topics.map((topic) => ({ ...topic, problem: this.problems.get(topic.id) })));
    for (const topic of topics) this.count(topic, this.cards.node(topic.id));
    this.tick();
  }

  card({ problem, ...topic }) {
    const does = DOES[topic.status];
    return h("li", { class: "act", "data-topic": topic.id, "data-status": topic.status },
      h("div", { class: "act-head" }, h("span", { class: "status" }, t("topic.kind")), h("time", {})),
      h("h3", {}, topic.text),
      h("ul", { class: "bars" }, ...opinionsOf(topic).map(({ id, text }) => h("li", { "data-choice": id },
        h("span", { class: "words" }, text), h("span", { class: "number" }), h("span", { class: "meter", "aria-hidden": "true" }, h("i", {}))))),
      h("p", { class: "sub heat" }), h("p", { class: "said-most" }),
      does && h("div", { class: "card-does" }, h("button", { type: "button", "data-does": does, onclick: () => this.carryOut(topic.id, does) }, t(`topic.${does}`))),
      problem && h("p", { class: "problem", role: "alert" }, problem));
  }

  count(topic, node) {
    const tally = topic.summary ?? this.room.state.totals.topic_heat?.topics?.[topic.id] ?? {};
    for (const { id, people, share, leads } of opinionsOf(topic, tally)) {
      const line = must(`[data-choice="${id}"]`, node);
      must(".meter i", line).style.width = `${share}%`;
      line.dataset.leads = leads;
      must(".number", line).textContent = people ? `${count(people)} · ${share}%` : "";
    }
    must(".heat", node).textContent = t("topic.heat", { comments: count(tally.comments ?? 0), heat: count(Math.round(tally.heat ?? 0)) });
    must(".said-most", node).textContent = (tally.said ?? []).map(({ text, count: many }) => `${text} ×${many}`).join("  ");
  }

  async carryOut(id, does) {
    this.problems.delete(id);
    try {
      await this.room.send(`topic.${does}`, { topic: id });
    } catch (error) {
      this.problems.set(id, sayError(error));
      this.render();
    }
  }

  tick() {
    for (const { id, status, ends_at: endsAt } of this.topics()) {
      const node = this.cards.node(id);
      if (node) must("time", node).textContent = status === "open" ? countdown(Math.max(0, endsAt - this.use.now())) : t("poll.closed");
    }
  }
}

function parts() {
  const opinions = h("div", { class: "wide prize-fields" }, opinionField(t("topic.usual_good")), opinionField(t("topic.usual_so_so")));
  const more = h("button", { class: "plain wide", type: "button" }, t("topic.more_opinions"));
  more.addEventListener("click", () => {
    opinions.append(opinionField(""));
    opinions.lastElementChild.querySelector("input").focus();
    more.hidden = opinions.children.length >= OPINIONS_MOST;
  });
  return [field(t("topic.text"), textInput("text", { maxLength: 80 }), { class: "wide" }), opinions, more];
}

const opinionField = (text) => h("div", { class: "choice-field" },
  textInput("opinion", { maxLength: 20, required: false, value: text, placeholder: t("topic.opinion"), "aria-label": t("topic.opinion") }),
  textInput("words", { required: false, placeholder: t("topic.words"), "aria-label": t("topic.words") }));

function read(form) {
  const given = new FormData(form);
  const text = given.get("text").trim();
  if (!text) return t("topic.bad_text");
  const words = given.getAll("words");
  const opinions = given.getAll("opinion").map((one, at) => ({ text: one.trim(), words: words[at].split(/[\s,，、]+/).filter(Boolean) })).filter((one) => one.text);
  return opinions.length ? { text, opinions } : { text };
}
