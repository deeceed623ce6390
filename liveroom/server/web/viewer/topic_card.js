/**
 * The topic of the moment as a card: say what you think with a tap or in words, see what others think.
 * Promise: a tap is a comment like any other; numbers move without anything jumping under the finger.
 */

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { opinionsOf, saidMost } from "../shared/opinions.js";
import { count } from "../shared/numbers.js";
import { t } from "../i18n.js";
import { FrontCard } from "./front_card.js";

export class TopicCard extends FrontCard {
  /** @param {{onOpinion: (text: string) => void, onTalk: () => void, onClose: () => void}} use */
  constructor(use) {
    super("topic", use);
  }

  /** @param {object} topic @param {object} [tally] @param {{said?: string}} mine the opinion given from this page */
  show(topic, tally, mine) {
    this.renew([topic, mine], () => this.build(topic, mine));
    this.count(topic, topic.summary ?? tally ?? {});
  }

  build(topic, { said }) {
    const open = topic.status === "open";
    this.heat = h("span", { class: "voters" });
    this.said = h("p", { class: "said-most" });
    this.bars = new Map();
    Object.assign(this.node.dataset, { status: topic.status, topic: topic.id });
    return [
      this.head(t("topic.kind")),
      h("h2", {}, topic.text),
      h("ul", { class: "choices", "data-many": (topic.opinions ?? []).length > 2 }, ...opinionsOf(topic).map((one) => h("li", {}, this.opinion(one, open, said)))),
      this.said,
      h("footer", {}, open && h("button", { class: "link", type: "button", onclick: () => this.use.onTalk() }, icon("chat"), t("topic.talk")), this.heat),
    ];
  }

  opinion({ id, text }, open, said) {
    const bar = h("i", { "aria-hidden": "true" });
    const share = h("span", { class: "share" });
    this.bars.set(id, { bar, share });
    const facts = { class: "choice-row", "data-choice": id, "data-mine": said === text };
    const inside = [bar, h("span", { class: "words" }, text, said === text && icon("check")), share];
    return open && !said ? h("button", { ...facts, type: "button", onclick: () => this.use.onOpinion(text) }, ...inside) : h("div", facts, ...inside);
  }

  count(topic, tally) {
    for (const { id, people, share, leads } of opinionsOf(topic, tally)) {
      const { bar, share: place } = this.bars.get(id);
      bar.style.width = `${share}%`;
      bar.dataset.leads = leads;
      place.textContent = people ? count(people) : "";
    }
    const most = saidMost(tally);
    this.said.textContent = most;
    this.said.hidden = most === "";
    this.heat.textContent = tally.comments ? t("topic.comments", { count: count(tally.comments) }) : "";
  }
}
