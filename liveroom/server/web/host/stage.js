/**
 * The stage as the host runs it: seats, who waits, who is invited, and how the queue works.
 * Promise: what is shown is what the server said last; a refusal stands under the buttons; a picture in a seat goes on
 * while other things change.
 */

import { h, must } from "../shared/dom.js";
import { stageOf } from "../shared/seats.js";
import { sendTold } from "../shared/told.js";
import { HostCamera } from "./camera.js";
import { StageInvite } from "./stage_invite.js";
import { StageQueue } from "./stage_queue.js";
import { StageSeats } from "./stage_seats.js";
import { streamAddress } from "./stream_address.js";
import { t } from "../i18n.js";

const TICK_MS = 1000;

export class StagePanel {
  /** @param {HTMLElement} section @param {object} room
   * @param {{now: () => number, ask: (q: object) => Promise<boolean>, onNew: () => void}} use */
  constructor(section, room, { now, ask, onNew }) {
    Object.assign(this, { room, onNew });
    const send = (type, data) => this.send(type, data);
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.auto = switchOf("stage.auto", (on) => send("stage.configure", { auto: on }));
    this.applications = switchOf("stage.applications", (on) => send("stage.configure", { applications: on }));
    this.camera = new HostCamera(room);
    this.seats = new StageSeats(room, { now, ask, send });
    this.queue = new StageQueue({ now, send });
    this.invite = new StageInvite(room, send);
    must(".stage-place", section).replaceChildren(
      this.camera.node, h("div", { class: "switches" }, this.applications.node, this.auto.node),
      this.seats.node, this.queue.node, this.invite.node, streamAddress(room, send), this.problem);
    this.seen = [];
    this.hear();
    setInterval(() => (this.seats.tick(), this.queue.tick()), TICK_MS);
    this.render();
  }

  hear() {
    const { room } = this;
    room.on("joined", ({ me = {} }) => this.queue.reset(me.stage_queue));
    room.on("stage.queue_changed", ({ queue }) => this.hearQueue(queue));
    room.on("state", ({ stages, totals }) => {
      const parts = [stages, totals.media_stage];
      if (parts.some((part, at) => part !== this.seen[at])) this.render();
      this.seen = parts;
    });
    document.addEventListener("languagechanged", () => this.renew());
    if (room.status === "joined") this.queue.reset(room.state.me.stage_queue);
  }

  hearQueue(queue) {
    if (this.queue.set(queue)) this.onNew();
  }

  renew() {
    this.queue.render();
    this.invite.renew();
    this.render();
  }

  render() {
    const stage = stageOf(this.room.state, this.room.name);
    this.applications.set(stage ? stage.status === "open" : true);
    this.auto.set(stage?.auto ?? false);
    this.seats.render(stage);
  }

  /** A refusal is told, not thrown. @returns {Promise<boolean>} whether it took effect */
  async send(type, data) {
    const isDone = Boolean(await sendTold(this.room, this.problem, type, data));
    if (!isDone) this.render();
    return isDone;
  }
}

/** A switch that shows what the server says, not what was tapped. */
function switchOf(key, onSwitch) {
  const box = h("input", { type: "checkbox", role: "switch" });
  const text = h("span", {});
  box.addEventListener("change", () => onSwitch(box.checked));
  return {
    node: h("label", { class: "stage-switch", "data-switch": key }, box, text),
    set: (on) => {
      box.checked = on;
      text.textContent = t(key);
    },
  };
}
