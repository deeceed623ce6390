/**
 * Questions to the host on the viewer's page: what became of one's own, and what is being answered right now.
 * Promise: one line above the place to write; who asked reads each step; what is over leaves by itself.
 */

import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { questionState } from "../shared/questions.js";
import { Sheet } from "./sheet.js";
import { t } from "../i18n.js";

const OVER = new Set(["answered", "expired", "dismissed"]);
const OVER_SHOWN_MS = 12_000;
const KEPT = 20;

export class Questions {
  /** @param {HTMLElement} phone @param {{room: object}} use */
  constructor(phone, { room }) {
    this.room = room;
    this.line = must(".asked", phone);
    this.list = must(".question-sheet .questions", phone);
    this.sheet = new Sheet(must(".question-sheet", phone), { onOpen: () => this.fill() });
    this.sheet.openedBy(this.line);
    this.mine = new Map();
    this.fresh = null;
    room.on("joined", () => this.enter());
    room.on("question.progressed", ({ question }) => this.progressed(question));
    for (const kind of ["snapshot", "question.shown"]) room.on(kind, () => this.render());
    document.addEventListener("languagechanged", () => this.render());
    if (room.status === "joined") this.enter();
  }

  enter() {
    for (const question of [...(this.room.state.me.questions ?? [])].reverse()) this.keep(question);
    this.fresh = [...this.mine.values()].filter(({ status }) => !OVER.has(status)).at(-1) ?? null;
    this.render();
  }

  /** A newer view of one's own question; an older one that comes late changes nothing. */
  keep(question) {
    if (this.mine.get(question.id)?.version >= question.version) return false;
    this.mine.delete(question.id);
    this.mine.set(question.id, question);
    if (this.mine.size > KEPT) this.mine.delete(this.mine.keys().next().value);
    return true;
  }

  progressed(question) {
    if (!this.keep(question)) return;
    this.fresh = question;
    clearTimeout(this.timer);
    if (OVER.has(question.status)) this.timer = setTimeout(() => ((this.fresh = null), this.render()), OVER_SHOWN_MS);
    this.render();
  }

  /** What is answered before all comes first, then one's own. */
  get shown() {
    const open = Object.values(this.room.state.questions ?? {}).at(-1);
    if (open && (!this.fresh || this.fresh.id === open.id || this.fresh.status !== "answered")) return { question: open, own: this.mine.has(open.id) };
    return this.fresh && { question: this.fresh, own: true };
  }

  render() {
    const { question, own } = this.shown ?? {};
    this.line.hidden = !question;
    this.sheet.isOpen && this.fill();
    if (!question) return;
    const count = question.count > 1 && h("b", { class: "same" }, `×${question.count}`);
    const says = own ? questionState(question) : t("question.now", { name: question.asked_by.name });
    this.line.dataset.status = question.status;
    this.line.replaceChildren(icon(question.status === "answered" ? "check" : "ask"), h("b", { class: "state" }, says), h("span", { class: "words" }, question.answer || question.text), count || "");
  }

  fill() {
    const open = Object.values(this.room.state.questions ?? {}).filter(({ id }) => !this.mine.has(id));
    this.list.replaceChildren(...open.map((question) => questionLine(question, t("question.now", { name: question.asked_by.name }))),
      ...[...this.mine.values()].reverse().map((question) => questionLine(question, questionState(question))));
  }
}

const questionLine = ({ id, status, text, count, answer }, says) => h("li", { "data-question": id, "data-status": status },
  h("p", {}, text, count > 1 && h("b", { class: "same" }, `×${count}`)), answer && h("p", { class: "answer" }, answer), h("small", {}, says));
