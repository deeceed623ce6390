/**
 * The state of the room and the one next step: open, go live, end.
 * Promise: the button shows what the server said last; a step is taken once, and ending is asked about first.
 */

import { must } from "../shared/dom.js";
import { sayError } from "../shared/errors.js";
import { span } from "../shared/numbers.js";
import { t } from "../i18n.js";

const NEXT = {
  created: { does: "open", text: "host.open", line: "host.created_line" },
  open: { does: "go_live", text: "host.go_live", line: "host.go_live_line" },
  live: { does: "end", text: "host.end", line: "host.live_line" },
  ended: { does: "open", text: "host.open", line: "host.ended_line" },
};

export class Show {
  /**
   * @param {ParentNode} page
   * @param {{send: (type: string, data?: object) => Promise<unknown>, ask: (q: object) => Promise<boolean>, now: () => number}} use
   */
  constructor(page, { send, ask, now }) {
    this.page = page;
    this.send = send;
    this.ask = ask;
    this.now = now;
    this.room = null;
    this.show = null;
    this.action = must(".action", page);
    this.problem = must(".problem", page);
    // The second press of a double one was meant for the step before, not for the one that has taken its place.
    this.action.addEventListener("click", (press) => press.detail < 2 && this.step());
    this.wireTitle();
    setInterval(() => this.tick(), 1000);
  }

  /** The room and show as the server has them now. */
  set({ room, show }) {
    this.room = room;
    this.show = show;
    this.render();
  }

  render() {
    if (!this.room?.status) return;
    const { does, text, line } = NEXT[this.room.status];
    must(".state", this.page).dataset.show = this.room.status;
    const status = must("[data-status]", this.page);
    status.dataset.status = this.room.status;
    status.textContent = t(`status.${this.room.status}`);
    must(".state-line", this.page).textContent = t(line);
    this.action.dataset.does = does;
    this.action.textContent = t(text);
    this.action.hidden = false;
    must("[data-room-title]", this.page).textContent = this.room.title;
    document.title = `${this.room.title} · ${t("host.console")}`;
    this.tick();
  }

  async step() {
    const { does } = this.action.dataset;
    if (does === "end" && !(await this.ask({ title: t("host.end_title"), body: t("host.end_body"), yes: t("host.end") }))) return;
    this.action.disabled = true;
    await this.attempt(() => this.send(`room.${does}`));
    this.action.disabled = false;
  }

  /** Run a command; what the server refuses is told under the button. */
  async attempt(command) {
    this.problem.hidden = true;
    try {
      await command();
    } catch (error) {
      this.problem.textContent = sayError(error);
      this.problem.hidden = false;
    }
  }

  wireTitle() {
    const form = must(".title-form", this.page);
    const [edit, input] = [must("[data-edit]", form), must("input", form)];
    const editing = (on) => {
      for (const node of form.children) node.hidden = (node.matches("input, .plain")) !== on;
    };
    edit.addEventListener("click", () => {
      editing(true);
      input.value = this.room?.title ?? "";
      input.select();
    });
    input.addEventListener("keydown", (press) => press.key === "Escape" && editing(false));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      editing(false);
      const title = input.value.trim();
      if (title && title !== this.room?.title) await this.attempt(() => this.send("room.update", { title }));
    });
  }

  tick() {
    must("[data-elapsed]", this.page).textContent = this.show ? span(this.now() - this.show.started_at) : "";
  }
}
