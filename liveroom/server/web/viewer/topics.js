/**
 * The topics of the room on the viewer's page. Promise: one is open at a time; its summary stays while the server shows it.
 */

import { countdown } from "../shared/offers.js";
import { TopicCard } from "./topic_card.js";
import { t } from "../i18n.js";

const TICK_MS = 500;

export class Topics {
  /** @param {import("./front.js").Front} front
   * @param {{room: object, now: () => number, say: (text: string, topic: string) => void, talkAbout: (topic) => void}} use */
  constructor(front, use) {
    this.front = front;
    this.use = use;
    this.cards = new Map();
    this.said = new Map();
    for (const kind of ["snapshot", "joined", "topic.changed", "topic_heat"]) use.room.on(kind, () => this.render());
    document.addEventListener("languagechanged", () => this.render());
    setInterval(() => this.tick(), TICK_MS);
    this.render();
  }

  render() {
    const { topics = {}, totals } = this.use.room.state;
    for (const id of this.cards.keys()) {
      if (id in topics) continue;
      this.cards.delete(id);
      this.front.remove(`topic ${id}`);
    }
    for (const topic of Object.values(topics)) this.show(topic, totals.topic_heat?.topics?.[topic.id]);
    this.tick();
  }

  show(topic, tally) {
    const { id } = topic;
    const card = this.cards.get(id) ?? this.make(id);
    card.show(topic, tally, { said: this.said.get(id) });
    this.front.put(`topic ${id}`, card.node, { sign: "chat", label: `${t("topic.kind")}: ${topic.text}` });
  }

  make(id) {
    const topic = () => this.use.room.state.topics[id];
    const card = new TopicCard({
      onOpinion: (text) => this.tap(id, text),
      onTalk: () => this.use.talkAbout(topic()),
      onClose: () => this.front.putAway(`topic ${id}`),
    });
    this.cards.set(id, card);
    return card;
  }

  tap(id, text) {
    this.said.set(id, text);
    this.use.say(text, id);
    this.render();
  }

  tick() {
    for (const [id, card] of this.cards) {
      const { status, ends_at: endsAt } = this.use.room.state.topics[id];
      const text = status === "open" ? countdown(Math.max(0, endsAt - this.use.now())) : t("poll.closed");
      card.tick(text);
      this.front.foot(`topic ${id}`, t("topic.kind"));
    }
  }
}
