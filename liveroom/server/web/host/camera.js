/**
 * The host's own camera and microphone: on and off, which devices, mute; and the pictures of guests and rivals.
 * Promise: nothing is taken before the host asks for it; who reloads the page while on is on again; a button stays the
 * same element until what it does has changed.
 */

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { sayError } from "../shared/errors.js";
import { RoomMedia, getTicket } from "../media.js";
import { DeviceChoice } from "../shared/device_choice.js";
import { Devices } from "../shared/devices.js";
import { Pictures } from "../shared/pictures.js";
import { t } from "../i18n.js";

const KEY = "liveroom.on_air";
const KIND_OF = { mic: "audio", camera: "video" };

export class HostCamera {
  /** @param {object} room */
  constructor(room) {
    this.room = room;
    this.devices = new Devices();
    this.pictures = new Pictures(document.body);
    this.choice = new DeviceChoice(this.devices, (fault) => this.changed(fault));
    this.media = null;
    this.attempt = null;
    this.devices.onLost = (fault) => this.changed(fault);
    this.line = h("p", { class: "sub", role: "status" });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.does = h("div", { class: "card-does" });
    this.title = h("h3", {});
    this.node = h("section", { class: "own-camera" }, this.title, this.choice.node, this.line, this.does, this.problem);
    document.addEventListener("languagechanged", () => this.render());
    // What is in front has changed: pictures go where they are seen.
    new MutationObserver(() => this.pictures.place()).observe(document.body, { attributeFilter: ["data-side", "data-tab"] });
    room.on("room.ended", () => {
      this.fault("");
      this.stop();
    });
    this.render();
    const before = sessionStorage.getItem(this.key);
    if (before) this.begin(before);
  }

  get key() {
    return `${KEY}.${this.room.name}`;
  }

  fault(text) {
    this.problem.textContent = text;
    this.problem.hidden = text === "";
  }

  /** @param {"audio" | "video"} kind */
  async begin(kind) {
    if (this.media || this.attempt) return;
    const attempt = (this.attempt = {});
    await this.open(kind, () => this.attempt === attempt);
    if (this.attempt === attempt) this.attempt = null;
  }

  async open(kind, isWanted) {
    try {
      await getTicket(this.room);
    } catch (error) {
      sessionStorage.removeItem(this.key);
      return this.fault(sayError(error));
    }
    if (!isWanted()) return;
    const fault = await this.devices.open(kind);
    if (!isWanted()) return this.attempt || this.devices.close(); // stopped meanwhile
    this.fault(fault ? t(`device.${fault}`) : "");
    await this.choice.render();
    if (!this.devices.stream || !isWanted()) return;
    sessionStorage.setItem(this.key, kind);
    await this.connect();
  }

  async connect() {
    const media = new RoomMedia(this.room);
    this.media = media;
    media.on("slots", (slots) => this.pictures.set(slots));
    media.on("state", (state) => this.hear(media, state));
    media.on("muted", () => this.render());
    this.render();
    try {
      await media.use(this.devices.stream);
      await media.warm();
    } catch (error) {
      if (media !== this.media) return;
      this.fault(sayError(error));
      await this.stop();
    }
    this.render();
  }

  /** An engine that has given up on the connection: the host decides whether to begin again. */
  hear(media, state) {
    if (media !== this.media) return;
    if (state === "closed") {
      this.fault(t("camera.ended"));
      this.stop();
    }
    this.render();
  }

  async stop() {
    const { media } = this;
    this.media = this.attempt = null;
    sessionStorage.removeItem(this.key);
    this.devices.close();
    this.pictures.set([]);
    await this.choice.render();
    this.render();
    await media?.close();
  }

  async changed(fault) {
    this.fault(fault ? t(`device.${fault}`) : "");
    await this.media?.use(this.devices.stream);
    await this.choice.render();
  }

  /** As the engine has it: it was perhaps muted before this page was loaded. */
  isMuted(device) {
    return this.media.muted.includes(KIND_OF[device]);
  }

  async turn(device) {
    try {
      await this.media.mute(KIND_OF[device], !this.isMuted(device));
      this.fault("");
    } catch (error) {
      this.fault(sayError(error));
    }
    this.render();
  }

  render() {
    this.title.textContent = t("camera.title");
    this.line.textContent = this.media ? t(`camera.${this.media.state === "closed" ? "prepared" : this.media.state}`) : t("camera.off_line");
    this.node.toggleAttribute("data-on", Boolean(this.media));
    const muted = this.media && Object.keys(KIND_OF).filter((name) => this.isMuted(name));
    const look = JSON.stringify([muted, this.devices.hasVideo, document.documentElement.lang]);
    if (look === this.look) return;
    this.look = look;
    const device = (name) => h("button", { type: "button", "data-does": name, "aria-pressed": String(!this.isMuted(name)), onclick: () => this.turn(name) },
      icon(this.isMuted(name) ? `${name}_off` : name), t(`guest.${name}_${this.isMuted(name) ? "off" : "on"}`));
    this.does.replaceChildren(...(this.media
      ? [device("mic"), this.devices.hasVideo && device("camera"), h("button", { type: "button", "data-does": "stop", onclick: () => this.stop() }, t("camera.stop"))].filter(Boolean)
      : [h("button", { type: "button", "data-does": "start", onclick: () => this.begin("video") }, icon("camera"), t("camera.start")),
        h("button", { type: "button", "data-does": "start_audio", onclick: () => this.begin("audio") }, icon("mic"), t("camera.start_audio"))]));
  }
}
