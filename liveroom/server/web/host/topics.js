/**
 * The topic as the host sets it: what viewers are to talk about, and what they think of it.
 * Promise: one is open at a time, and the next one closes it; what is shown is what the server counted.
 */

import { adder, field, foldedForm, textInput } from "../shared/form.js";
import { h, must } from "../shared/dom.js";
import { opinionsOf, saidMost } from "../shared/opinions.js";
import { count } from "../shared/numbers.js";
import { t } from "../i18n.js";
import { Acts, barLine, fillBar } from "./acts.js";

const OPINIONS_MOST = 6;
const DOES = { open: "close", closed: "hide" };

export class TopicPanel extends Acts {
  /** @param {HTMLElement} place @param {object} room @param {{now: () => number}} use */
  constructor(place, room, use) {
    super(place, room, use, { one: "topic", many: "topics", kinds: ["topic.changed", "topic_heat"] });
  }

  form(send) {
    return foldedForm({ title: t("topic.new"), go: t("topic.set"), parts, read, send: (facts) => send("set", facts) });
  }

  says() {
    return t("poll.closed");
  }

  card({ problem, ...topic }) {
    const does = DOES[topic.status];
    return h("li", { class: "act", "data-topic": topic.id, "data-status": topic.status },
      h("div", { class: "act-head" }, h("span", { class: "status" }, t("topic.kind")), h("time", {})),
      h("h3", {}, topic.text),
      h("ul", { class: "bars" }, ...opinionsOf(topic).map((one) => barLine(one))),
      h("p", { class: "sub heat" }), h("p", { class: "said-most" }),
      does && h("div", { class: "card-does" }, h("button", { type: "button", "data-does": does, onclick: () => this.carryOut(topic.id, does) }, t(`topic.${does}`))),
      problem && h("p", { class: "problem", role: "alert" }, problem));
  }

  count(topic, node) {
    const tally = topic.summary ?? this.room.state.totals.topic_heat?.topics?.[topic.id] ?? {};
    for (const one of opinionsOf(topic, tally)) fillBar(node, one, one.people ? `${count(one.people)} · ${one.share}%` : "");
    must(".heat", node).textContent = t("topic.heat", { comments: count(tally.comments ?? 0), heat: count(Math.round(tally.heat ?? 0)) });
    must(".said-most", node).textContent = saidMost(tally);
  }
}

function parts() {
  const opinions = h("div", { class: "wide prize-fields" }, opinionField(t("topic.usual_good")), opinionField(t("topic.usual_so_so")));
  const more = adder(opinions, t("topic.more_opinions"), () => opinionField(""), OPINIONS_MOST);
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
