/**
 * Looking at oneself before going up: the own picture, and which camera and microphone it is.
 */

import { h } from "./dom.js";
import { t } from "../i18n.js";

export class DeviceChoice {
  /** @param {import("./devices.js").Devices} devices @param {(fault: string | null) => void} onChange another device is used */
  constructor(devices, onChange) {
    Object.assign(this, { devices, onChange });
    this.video = h("video", { muted: true, autoplay: true, playsInline: true, "data-own": "" });
    this.note = h("p", { class: "device-note" });
    this.selects = { video: this.select("video"), audio: this.select("audio") };
    this.node = h("div", { class: "device-choice", hidden: true }, this.video, this.note, this.selects.video, this.selects.audio);
    navigator.mediaDevices?.addEventListener("devicechange", () => this.render());
  }

  select(kind) {
    const select = h("select", { onchange: async () => this.onChange(await this.devices.choose(kind, select.value)) });
    return select;
  }

  async render() {
    const { stream, hasVideo } = this.devices;
    this.node.hidden = !stream;
    if (!stream) return void (this.video.srcObject = null);
    this.video.hidden = !hasVideo;
    if (this.video.srcObject !== stream) this.video.srcObject = stream;
    this.video.play().catch(() => {}); // it is muted; a refusal only means that it was put away again
    this.note.textContent = hasVideo ? "" : t("device.sound_only");
    this.note.hidden = hasVideo;
    const found = await this.devices.list();
    for (const kind of ["video", "audio"]) this.fill(kind, found[kind]);
  }

  fill(kind, found) {
    const select = this.selects[kind];
    const [track] = (kind === "video" ? this.devices.stream?.getVideoTracks() : this.devices.stream?.getAudioTracks()) ?? [];
    const current = track?.getSettings().deviceId;
    select.ariaLabel = t(`device.${kind}`);
    select.hidden = !track || found.length < 2;
    select.replaceChildren(...found.map((device) => h("option", { value: device.deviceId, selected: device.deviceId === current }, device.label || t(`device.${kind}`))));
  }
}
