/**
 * The host's own camera and microphone: on and off, which devices, mute; and the pictures of guests and rivals.
 * Promise: nothing is taken before the host asks for it; who reloads the page while on is on again.
 */

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { sayError } from "../shared/errors.js";
import { RoomMedia } from "../media.js";
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
    this.muted = { mic: false, camera: false };
    this.line = h("p", { class: "sub", role: "status" });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.does = h("div", { class: "card-does" });
    this.title = h("h3", {});
    this.node = h("section", { class: "own-camera" }, this.title, this.choice.node, this.line, this.does, this.problem);
    document.addEventListener("languagechanged", () => this.render());
    // What is in front has changed: pictures go where they are seen.
    new MutationObserver(() => this.pictures.place()).observe(document.body, { attributeFilter: ["data-side", "data-tab"] });
    room.on("room.ended", () => this.stop());
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
    const fault = await this.devices.open(kind);
    this.fault(fault ? t(`device.${fault}`) : "");
    await this.choice.render();
    if (!this.devices.stream) return;
    sessionStorage.setItem(this.key, kind);
    await this.connect();
  }

  async connect() {
    const media = new RoomMedia(this.room);
    this.media = media;
    this.muted = { mic: false, camera: false };
    media.on("slots", (slots) => this.pictures.set(slots));
    media.on("state", (state) => this.hear(media, state));
    this.render();
    try {
      await media.use(this.devices.stream);
      await media.warm();
    } catch (error) {
      this.fault(sayError(error));
      await this.stop();
    }
    this.render();
  }

  /** An engine that has given up on the connection: the host decides whether to begin again. */
  hear(media, state) {
    if (media !== this.media) return;
    if (state === "closed") this.stop();
    this.render();
  }

  async stop() {
    const { media } = this;
    this.media = null;
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

  async turn(device) {
    const muted = !this.muted[device];
    try {
      await this.media.mute(KIND_OF[device], muted);
      this.muted[device] = muted;
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
    const device = (name) => h("button", { type: "button", "data-does": name, "aria-pressed": String(!this.muted[name]), onclick: () => this.turn(name) },
      icon(this.muted[name] ? `${name}_off` : name), t(`guest.${name}_${this.muted[name] ? "off" : "on"}`));
    this.does.replaceChildren(...(this.media
      ? [device("mic"), this.devices.hasVideo && device("camera"), h("button", { type: "button", "data-does": "stop", onclick: () => this.stop() }, t("camera.stop"))].filter(Boolean)
      : [h("button", { type: "button", "data-does": "start", onclick: () => this.begin("video") }, icon("camera"), t("camera.start")),
        h("button", { type: "button", "data-does": "start_audio", onclick: () => this.begin("audio") }, icon("mic"), t("camera.start_audio"))]));
  }
}
