/**
 * The queue of questions: merged, the urgent first; take one up, answer it, hand it on, leave it.
 * Promise: a card is what the server said last, whoever of the staff did it; what somebody types into an answer is
 * not swept away when more people ask the same.
 */

import { h, must } from "../shared/dom.js";
import { badges, face } from "../shared/person.js";
import { inLine, questionState } from "../shared/questions.js";
import { sayError } from "../shared/errors.js";
import { SteadyList } from "../shared/steady.js";
import { t } from "../i18n.js";

const OPEN = new Set(["asked", "delivered", "answering", "handed_over"]);
const HANDS = ["moderator", "assistant", "follow_up"];
const ANSWER_CHARS = 500;

export class QuestionQueue {
  /** @param {HTMLElement} section @param {object} room @param {{onNew: () => void}} use
   * @param {[string, object][]} heard what was told since the last join */
  constructor(section, room, use, heard) {
    this.section = section;
    this.room = room;
    this.use = use;
    this.questions = new Map();
    this.drafts = new Map();
    this.problems = new Map();
    this.cards = new SteadyList(must(".queue", section), (facts) => this.card(facts), { settles: true });
    room.on("joined", ({ me = {} }) => this.reset(me.question_queue?.questions ?? []));
    room.on("question.changed", ({ question }) => this.hear(question));
    document.addEventListener("languagechanged", () => (this.cards.forget(), this.render()));
    this.reset(room.state.me.question_queue?.questions ?? []);
    for (const [, { question }] of heard) this.hear(question);
  }

  reset(queue) {
    this.questions = new Map(queue.map((question) => [question.id, question]));
    this.render();
  }

  hear(question) {
    const known = this.questions.get(question.id);
    if (known?.version >= question.version) return;
    if (OPEN.has(question.status)) this.questions.set(question.id, question);
    else this.questions.delete(question.id);
    if (!known && OPEN.has(question.status)) this.use.onNew();
    this.render();
  }

  render() {
    const line = inLine([...this.questions.values()]);
    this.cards.show(line.map((question) => ({ ...question, problem: this.problems.get(question.id) })));
    must(".waiting-count", this.section).textContent = line.length ? t("question.waiting", { count: line.length }) : "";
  }

  card({ id, status, text, count, askers, by, handed_to, problem }) {
    const [first] = askers;
    const answering = status === "answering";
    const facts = { by, handed_to, status };
    return h("li", { class: "act question", "data-question": id, "data-status": status },
      h("div", { class: "act-head" },
        h("span", { class: "who" }, first && face(first.user.name), h("b", {}, first?.user.name ?? ""), ...(first ? badges({ level: first.level }) : []), ...this.signs(askers)),
        count > 1 && h("b", { class: "times" }, `×${count}`)),
      h("p", { class: "asked-text" }, text),
      (answering || status === "handed_over") && h("p", { class: "sub" }, questionState(facts)),
      answering && this.draft(id),
      h("div", { class: "card-does" }, ...(answering
        ? [this.button(id, "answer", () => this.answer(id)), this.button(id, "put_back", () => this.send(id, "put_back"))]
        : [this.button(id, "take", () => this.send(id, "take")), this.handOver(id), this.button(id, "dismiss", () => this.send(id, "dismiss"))])),
      problem && h("p", { class: "problem", role: "alert" }, problem));
  }

  /** Why somebody's question matters. */
  signs(askers) {
    return [["spent", "reason.buyer"], ["member", "reason.member"]].filter(([field]) => askers.some((asker) => asker[field]))
      .map(([, key]) => h("span", { class: "tag tag-question" }, t(key)));
  }

  draft(id) {
    const box = h("textarea", { rows: 2, maxLength: ANSWER_CHARS, placeholder: t("question.answer_hint"), "aria-label": t("question.answer_hint"), value: this.drafts.get(id) ?? "" });
    box.addEventListener("input", () => this.drafts.set(id, box.value));
    return box;
  }

  handOver(id) {
    const hand = h("select", { "aria-label": t("question.hand_over") }, h("option", { value: "" }, t("question.hand_over")), ...HANDS.map((to) => h("option", { value: to }, t(`question.hand_${to}`))));
    hand.addEventListener("change", () => hand.value && this.send(id, "hand_over", { to: hand.value }));
    return hand;
  }

  button(id, does, onclick) {
    return h("button", { type: "button", "data-does": does, onclick }, t(`question.do_${does}`));
  }

  answer(id) {
    const answer = this.drafts.get(id)?.trim();
    return this.send(id, "answer", answer ? { answer } : {});
  }

  async send(id, does, facts = {}) {
    this.problems.delete(id);
    try {
      const { question } = await this.room.send(`question.${does}`, { question: id, ...facts });
      if (does === "answer") this.drafts.delete(id);
      this.hear(question);
    } catch (error) {
      this.problems.set(id, sayError(error));
    }
    this.render();
  }
}
