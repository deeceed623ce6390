/**
 * The sheet of the stage: what a person can do where they are now (apply, wait, answer, speak, get down).
 * Promise: it is drawn anew only when that changes, so that what somebody writes in it stays.
 */

import { h, must } from "../shared/dom.js";
import { deviceWords } from "./air.js";
import { icon } from "../shared/icons.js";
import { countdown } from "../shared/offers.js";
import { DeviceChoice } from "../shared/device_choice.js";
import { Sheet } from "./sheet.js";
import { t } from "../i18n.js";

const LINE_CHARS = 100;

export class GuestSheet {
  /** @param {HTMLElement} phone @param {import("./guest.js").Guest} guest */
  constructor(phone, guest) {
    this.guest = guest;
    this.title = h("h2", { id: "guest-title" });
    this.shut = h("button", { class: "bare", type: "button", "data-close": "" }, icon("close"));
    this.devices = new DeviceChoice(guest.air.devices, (fault) => this.changed(fault));
    guest.air.devices.onLost = (fault) => this.lost(fault);
    this.body = h("div", { class: "guest-body" });
    this.problem = h("p", { class: "fail", role: "alert", hidden: true });
    this.dialog = h("dialog", { class: "sheet guest-sheet", "aria-labelledby": "guest-title" },
      h("header", {}, this.title, this.shut), h("div", { class: "sheet-body" }, this.devices.node, this.body, this.problem));
    phone.append(this.dialog);
    this.sheet = new Sheet(this.dialog, { onOpen: () => (this.render(), guest.look()), onClose: () => (guest.shut(), this.showDevices()) });
    this.kind = null;
    this.drawn = "";
  }

  openedBy(button) {
    this.sheet.openedBy(button);
  }

  open(opener) {
    if (!this.sheet.isOpen) this.sheet.open(opener);
    return this.dialog;
  }

  /** The own picture, as it is now. */
  showDevices() {
    this.devices.render();
    this.sayNow();
  }

  /** What changes while somebody writes, or is about to press a button: whether pictures are carried, the place in the queue. */
  sayNow() {
    for (const button of this.body.querySelectorAll("[data-does=preview]")) button.hidden = this.hidesPreview;
    for (const note of this.body.querySelectorAll("[data-note]")) note.textContent = this.noteWords;
    const { standing, place, waiting } = this.guest.mine;
    if (standing !== "waiting") return;
    must(".guest-place b", this.body).textContent = t("guest.place", { place });
    must(".guest-place span", this.body).textContent = t("guest.of", { waiting });
  }

  /** There is nothing (more) to look at first. */
  get hidesPreview() {
    const { devices, isOff } = this.guest.air;
    return isOff || devices.hasAudio;
  }

  /** What a seat means here. */
  get noteWords() {
    return t(this.guest.air.isOff ? "air.off" : "guest.agree");
  }

  note() {
    return h("p", { class: "none", "data-note": "" }, this.noteWords);
  }

  async changed(fault) {
    this.fault(fault ? deviceWords(fault) : "");
    await this.guest.air.used();
    this.showDevices();
  }

  /** A device went away: it can be connected anew on this sheet. */
  async lost(fault) {
    if (!this.sheet.isOpen) this.guest.tell(deviceWords(fault));
    await this.changed(fault);
  }

  choose(kind) {
    this.kind = kind;
    for (const button of this.body.querySelectorAll("[data-kind]")) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
  }

  fault(text) {
    this.problem.textContent = text;
    this.problem.hidden = text === "";
  }

  render() {
    const { mine, kinds } = this.guest;
    const { grant, ended, kind } = mine;
    const own = this.guest.stage?.seats.find((seat) => seat.guest?.user.id === this.guest.me()?.id)?.guest;
    const key = JSON.stringify([mine.standing, grant, ended, kind, kinds, own?.mic, own?.camera, document.documentElement.lang]);
    if (key === this.drawn) return this.sayNow();
    this.drawn = key;
    this.title.textContent = t("guest.title");
    this.shut.ariaLabel = t("sheet.close");
    const draw = { absent: () => this.drawAbsent(mine), waiting: () => this.drawWaiting(), invited: () => this.drawInvited(mine) }[mine.standing];
    const focused = this.body.contains(document.activeElement) && document.activeElement;
    this.dialog.dataset.standing = mine.standing;
    this.body.replaceChildren(...(draw ?? (() => this.drawSeated(mine, own)))());
    if (focused) (this.body.querySelector(`[data-does="${focused.dataset.does}"]`) ?? this.shut).focus();
    this.showDevices();
    return this.tick();
  }

  drawAbsent({ ended }) {
    const { kinds } = this.guest;
    this.kind = kinds.includes(this.kind) ? this.kind : kinds.at(-1);
    const choice = h("div", { class: "choice", role: "group", "aria-label": t("guest.kind") }, ...kinds.map((kind) =>
      h("button", { type: "button", "data-kind": kind, "aria-pressed": String(kind === this.kind), onclick: () => this.choose(kind) }, icon(kind === "video" ? "camera" : "mic"), t(`guest.${kind}`))));
    const line = h("input", { name: "line", maxLength: LINE_CHARS, autocomplete: "off", enterKeyHint: "send", placeholder: t("guest.line_hint"), "aria-label": t("guest.line") });
    const form = h("form", { class: "guest-apply" }, this.preview(() => this.kind), choice, h("div", { class: "field" }, line),
      h("button", { class: "primary", type: "submit", "data-does": "apply" }, t("guest.apply")),
      this.note());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.guest.apply(this.kind, line.value.trim());
    });
    return [ended && h("p", { class: "guest-news" }, t(`ending.${ended.reason}`)), form].filter(Boolean);
  }

  drawWaiting() {
    return [
      h("p", { class: "guest-place" }, h("b", {}), h("span", {})),
      h("p", { class: "none" }, t("guest.wait"), " ", h("time", { "data-until": "expires_at" })),
      this.button("cancel", "guest.cancel", () => this.guest.send("stage.cancel"), "plain-button"),
    ];
  }

  drawInvited({ invited_by: by, kind }) {
    return [
      h("p", { class: "guest-place" }, h("b", {}, t("guest.invited", { name: by?.name ?? t("role.host") })), h("span", {}, t(`guest.invited_${kind}`), " ", h("time", { "data-until": "expires_at" }))),
      this.preview(() => kind),
      h("div", { class: "guest-row" },
        this.button("decline", "guest.decline", () => this.guest.send("stage.answer", { accept: false }), "plain-button"),
        this.button("accept", "guest.accept", () => this.guest.answerYes(kind), "primary")),
      this.note(),
    ];
  }

  drawSeated({ standing, ends_at: end }, own) {
    const device = (name, on, allowed) => h("button", {
      class: "device", type: "button", "data-does": name, "aria-pressed": String(on && allowed), disabled: !allowed && !on,
      onclick: () => this.guest.turn(name, !on),
    }, icon(on && allowed ? name : `${name}_off`), t(allowed ? `guest.${name}_${on ? "on" : "off"}` : `guest.${name}_staff`));
    return [
      h("p", { class: "guest-place" }, h("b", {}, t(standing === "away" ? "seat.away" : "guest.up")), end && h("span", {}, t("guest.turn"), " ", h("time", { "data-until": "ends_at" }))),
      this.preview(() => (own?.kind === "video" && own.camera.on ? "video" : "audio"), "guest.connect"),
      own && h("div", { class: "guest-row" }, device("mic", own.mic.on, own.mic.allowed), own.kind === "video" && device("camera", own.camera.on, own.camera.allowed)),
      this.button("leave", "guest.leave", () => this.guest.send("stage.leave"), "plain-button"),
    ].filter(Boolean);
  }

  /** Look at oneself first; it is there while no device is taken. */
  preview(kind, text = "guest.preview") {
    const button = this.button("preview", text, () => this.guest.prepare(kind()), "plain-button");
    button.hidden = this.hidesPreview;
    return button;
  }

  button(does, text, onclick, name) {
    return h("button", { class: name, type: "button", "data-does": does, onclick }, t(text));
  }

  tick() {
    if (!this.sheet.isOpen) return;
    for (const time of this.body.querySelectorAll("time[data-until]")) {
      const until = this.guest.mine[time.dataset.until];
      time.textContent = until ? countdown(until - this.guest.now()) : "";
    }
  }
}
