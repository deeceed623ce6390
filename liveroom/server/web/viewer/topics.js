/**
 * The topics of the room on the viewer's page. Promise: one is open at a time; its summary stays while the server shows it.
 */

import { FrontCards } from "./front_cards.js";
import { TopicCard } from "./topic_card.js";
import { t } from "../i18n.js";

export class Topics extends FrontCards {
  /** @param {import("./front.js").Front} front
   * @param {{room: object, now: () => number, say: (text: string, topic: string) => void, talkAbout: (topic) => void}} use */
  constructor(front, use) {
    super(front, use, { one: "topic", many: "topics", sign: "chat", kinds: ["topic.changed", "topic_heat"] });
    this.begin();
  }

  make(id) {
    return new TopicCard({
      onOpinion: (text) => this.tap(id, text),
      onTalk: () => this.use.talkAbout(this.all[id]),
      onClose: () => this.front.putAway(this.key(id)),
    });
  }

  fill(card, topic) {
    card.show(topic, this.room.state.totals.topic_heat?.topics?.[topic.id], { said: this.said.get(topic.id) });
  }

  label({ text }) {
    return `${t("topic.kind")}: ${text}`;
  }

  says() {
    return t("poll.closed");
  }

  foot() {
    return t("topic.kind");
  }

  tap(id, text) {
    this.said.set(id, text);
    this.use.say(text, id);
    this.render();
  }
}
