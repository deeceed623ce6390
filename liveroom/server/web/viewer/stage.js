/**
 * The stage: who is on, since when, how many watch, and what the page says before and after a show.
 */

import { face } from "../shared/person.js";
import { h, must } from "../shared/dom.js";
import { count, initial, span } from "../shared/numbers.js";
import { t } from "../i18n.js";

const FACES = 3;
const TELLING = new Set(["closed", "waiting", "ended"]);

export class Stage {
  /** @param {HTMLElement} phone @param {import("../shared/lights.js").Lights} lights @param {() => number} now server's clock
   * @param {(phase: string) => void} onPhase */
  constructor(phone, lights, now, onPhase) {
    this.phone = phone;
    this.lights = lights;
    this.now = now;
    this.onPhase = onPhase;
    this.facts = null;
    this.room = null;
    this.show = null;
    this.likes = 0;
    setInterval(() => this.tick(), 1000);
  }

  /** Take over the room and show of a snapshot. */
  reset({ room, show }) {
    this.room = { ...room };
    this.show = show;
    this.facts = null;
    this.render();
  }

  wentLive({ show_id, started_at }) {
    this.show = { id: show_id, started_at };
    this.become("live");
  }

  opened() {
    this.become("open");
  }

  ended({ ended_at, stats }) {
    this.facts = { lasted: this.show && ended_at - this.show.started_at, ...stats };
    this.show = null;
    this.become("ended");
  }

  /** This viewer is not, or no longer, let in; `mayRetry` offers to enter again. */
  gone(reason, mayRetry) {
    this.phone.dataset.show = "gone";
    this.room = null;
    this.lights.setLive(false);
    this.onPhase("gone");
    must(".badge", this.phone).hidden = true;
    must(".farewell", this.phone).hidden = true;
    must(".centre-line", this.phone).textContent = reason;
    must("[data-again]", this.phone).hidden = !mayRetry;
  }

  updated(change) {
    Object.assign(this.room, change);
    this.render();
  }

  setLikes(total) {
    this.likes = total;
    must("[data-likes]", this.phone).textContent = total > 0 ? count(total) : "";
    must("[data-likes-line]", this.phone).textContent = t("viewer.likes", { count: count(total) });
  }

  setAudience({ viewers, sample }) {
    must("[data-viewers]", this.phone).textContent = count(viewers);
    must(".faces", this.phone).replaceChildren(...(sample ?? []).slice(0, FACES).map((one) => face(one.name)));
    this.lights.setViewers(viewers);
  }

  become(status) {
    if (this.room) this.room.status = status;
    this.render();
  }

  render() {
    if (!this.room) return;
    const { phone, room } = this;
    const phase = phaseOf(room.status);
    phone.dataset.show = phase;
    for (const node of phone.querySelectorAll("[data-host-initial]")) node.textContent = initial(room.host?.name ?? room.title);
    must("[data-host-name]", phone).textContent = room.host?.name ?? room.title;
    must("[data-room-title]", phone).textContent = room.title;
    document.title = `${room.title} · liveroom`;
    must(".badge", phone).hidden = phase !== "live" && phase !== "waiting";
    must("[data-status]", phone).textContent = t(phase === "live" ? "status.live" : "status.open");
    must(".centre-line", phone).textContent = TELLING.has(phase) ? t(`stage.${phase}`) : "";
    this.lights.setLive(phase === "live");
    this.onPhase(phase);
    this.renderFarewell(phase);
    this.setLikes(this.likes);
    this.tick();
  }

  renderFarewell(phase) {
    const list = must(".farewell", this.phone);
    const { lasted, viewers, likes } = this.facts ?? {};
    const lines = [["stage.lasted", lasted, span], ["stage.viewers", viewers, count], ["stage.likes", likes, count]];
    const known = lines.filter(([, value]) => Number.isFinite(value));
    list.hidden = phase !== "ended" || known.length === 0;
    list.replaceChildren(...known.map(([key, value, say]) => h("div", {}, h("dt", {}, t(key)), h("dd", {}, say(value)))));
  }

  tick() {
    if (this.show && this.phone.dataset.show === "live") {
      must("[data-elapsed]", this.phone).textContent = span(this.now() - this.show.started_at);
    }
  }
}

/** The room's status as the viewer experiences it. */
function phaseOf(status) {
  return { live: "live", open: "waiting", ended: "ended" }[status] ?? "closed";
}
