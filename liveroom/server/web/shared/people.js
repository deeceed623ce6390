/**
 * Who is here and who stands where: the audience, and the ranks of gifts, points and the fan club, page by page.
 * Promise: read when somebody looks; for the staff a tap on a person opens what can be done about them.
 */

import { badges, face } from "./person.js";
import { count } from "./numbers.js";
import { h, must } from "./dom.js";
import { sayError } from "./errors.js";
import { t } from "../i18n.js";

const PAGE = 20;

export class People {
  /** @param {HTMLElement} place @param {object} room @param {{lists: string[], onPerson?: (person) => void}} use `lists`: audience, gifts, points, club */
  constructor(place, room, use) {
    this.list = must(".people", place);
    this.choice = must(".lists", place);
    this.room = room;
    this.use = use;
    this.chosen = null;
    this.render();
    document.addEventListener("languagechanged", () => this.render());
  }

  render() {
    this.choice.replaceChildren(...this.use.lists.map((of) =>
      h("button", { type: "button", "data-list": of, "aria-pressed": String(of === this.chosen), onclick: () => this.open(of) }, t(`people.${of}`))));
  }

  open(of) {
    this.chosen = of;
    for (const button of this.choice.children) button.setAttribute("aria-pressed", String(button.dataset.list === of));
    this.list.replaceChildren();
    return this.load(of);
  }

  async load(of, after) {
    const page = after ? { limit: PAGE, after } : { limit: PAGE };
    try {
      const answer = await (of === "audience" ? this.room.send("audience.read", page) : this.room.send("ranks.read", { of, ...page }));
      if (this.chosen === of) this.append(of, answer);
    } catch (error) {
      this.list.append(h("li", { class: "sub", role: "alert" }, sayError(error)));
    }
  }

  append(of, { people, places, next }) {
    const lines = people?.map((user) => ({ user })) ?? places;
    this.list.append(...lines.map((one) => this.line(of, one)));
    if (this.list.children.length === 0) this.list.append(h("li", { class: "sub" }, t("people.none")));
    if (!next) return;
    const more = h("li", {}, h("button", { class: "plain", type: "button" }, t("people.more")));
    more.firstChild.addEventListener("click", () => (more.remove(), this.load(of, next)));
    this.list.append(more);
  }

  line(of, { user, rank, value }) {
    const parts = [rank && h("span", { class: "place" }, rank), face(user.name), h("span", { class: "who" }, user.name, ...badges(user)), value !== undefined && h("b", { class: "number" }, count(value))];
    const { onPerson } = this.use;
    return h("li", { "data-user": user.id }, onPerson ? h("button", { type: "button", onclick: () => onPerson(user) }, ...parts) : h("div", {}, ...parts));
  }
}
