/**
 * Asking somebody onto the stage: one of those who spoke in the room lately.
 */

import { field, select } from "../shared/form.js";
import { h } from "../shared/dom.js";
import { isStaff } from "../shared/person.js";
import { t } from "../i18n.js";

const OFFERED = 30;

export class StageInvite {
  /** @param {object} room @param {(type: string, data: object) => Promise<boolean>} send */
  constructor(room, send) {
    Object.assign(this, { room, send });
    this.node = h("div", {});
    this.renew();
    room.on("comment.sent", () => (this.isStale = true));
    room.on("snapshot", () => (this.isStale = true));
  }

  renew() {
    this.who = h("select", { name: "who", onpointerdown: () => this.refill(), onfocus: () => this.refill() });
    this.kind = select("kind", ["video", "audio"].map((kind) => [kind, t(`guest.${kind}`)]));
    const go = h("button", { class: "primary", type: "submit" }, t("stage.invite"));
    const form = h("form", { class: "launch" }, field(t("stage.who"), this.who), field(t("guest.kind"), this.kind), go);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = this.who.selectedOptions[0];
      if (chosen?.value) this.send("stage.invite", { user_id: chosen.value, name: chosen.textContent, kind: this.kind.value });
    });
    this.isStale = true;
    const fold = h("details", { class: "launch-place stage-invite", ontoggle: () => this.refill() }, h("summary", {}, t("stage.invite_line")), form);
    this.node.replaceChildren(fold);
    this.refill();
  }

  /** Who spoke lately, the last one first; not while somebody is choosing. */
  refill() {
    if (!this.isStale) return;
    this.isStale = false;
    const people = new Map();
    for (const { data } of [...this.room.state.comments].reverse()) {
      if (people.size < OFFERED && !isStaff(data.by) && data.by.role !== "guest") people.set(data.by.id, data.by.name);
    }
    const chosen = this.who.value;
    const lines = [...people].map(([value, name]) => h("option", { value, selected: value === chosen }, name));
    this.who.replaceChildren(...(lines.length ? lines : [h("option", { value: "" }, t("stage.nobody_spoke"))]));
  }
}
