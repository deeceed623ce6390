/**
 * Sound and pictures on the viewer's page: watching the stage directly while there are places for that, or taking part.
 * Promise: one connection at a time; a camera is taken only when the person asks for it, and let go with the seat; a
 * server without a media engine costs one question.
 */

import { RoomMedia, getTicket } from "../media.js";
import { Devices } from "../shared/devices.js";
import { Pictures } from "../shared/pictures.js";
import { must } from "../shared/dom.js";
import { HostStream } from "./stream.js";
import { t } from "../i18n.js";

const AGAIN_MS = 2_000;
const LONGEST_MS = 60_000;
const TURN_MS = 10;
const LONGEST_TURN_MS = 20_000;
const ON_STAGE = new Set(["seated", "away", "invited"]);

export class Air {
  /** @param {HTMLElement} phone @param {{room: object, me: () => object | null, mine: () => object, onMissing: (why: string | null) => void}} use
   *   `onMissing`: key of the text that says why nothing comes directly; null: it does */
  constructor(phone, { room, me, mine, onMissing }) {
    Object.assign(this, { phone, room, me, mine, onMissing });
    this.devices = new Devices();
    const sound = must(".sound", phone);
    this.pictures = new Pictures(phone, (isSilent) => (sound.hidden = !isSilent));
    sound.addEventListener("click", () => this.pictures.letSound());
    this.stream = new HostStream(must(".host-camera", phone), { link: must(".stream-link", phone), sound });
    this.media = null;
    this.mode = "off";
    this.aim = "off";
    this.isBusy = false;
    this.isOff = false;
    this.isAsked = false;
    this.notBefore = { off: 0, watch: 0, part: 0 };
    this.pause = AGAIN_MS;
    this.idled = false;
    room.on("state", () => this.sync());
    new MutationObserver(() => this.sync()).observe(phone, { attributeFilter: ["data-show"] });
    this.sync();
  }

  /** What there should be now: `part` with what one has, `watch`, or `off`. */
  wanted() {
    const { standing, place } = this.mine();
    const isNext = standing === "waiting" && place === 1 && !this.idled;
    if (this.isOff || this.phone.dataset.show === "gone") return "off";
    const isUp = ON_STAGE.has(standing);
    if (this.devices.stream ? isUp || isNext : isUp && this.mode === "part") return "part"; // also while a microphone is unplugged
    const others = this.room.state.totals.media_stage?.on_air?.some((one) => one.user_id !== this.me()?.id);
    return others && this.phone.dataset.show === "live" ? "watch" : "off";
  }

  /** Bring the connection into line; one change after the other. */
  async sync() {
    const { host, stream_url: url = "" } = this.room.state.room;
    must(".host-camera", this.phone).dataset.camera = host?.id ?? "";
    this.stream.show(this.phone.dataset.show === "live" && this.mode === "off" ? url : "");
    const wanted = this.wanted();
    if (wanted !== this.aim) this.takeAim(wanted);
    if (this.isBusy || wanted === this.mode || performance.now() < this.notBefore[wanted]) return;
    this.isBusy = true;
    try {
      await this.change(this.wanted());
    } finally {
      this.isBusy = false;
    }
    const wait = this.wanted() === this.mode ? 0 : Math.max(0, this.notBefore[this.wanted()] - performance.now());
    setTimeout(() => this.sync(), wait);
  }

  /** Of many viewers not all ask for a place at once. */
  takeAim(wanted) {
    this.aim = wanted;
    if (wanted !== "watch") return;
    const viewers = this.room.state.totals.audience?.viewers ?? 1;
    const turn = Math.random() * Math.min(LONGEST_TURN_MS, viewers * TURN_MS);
    this.notBefore.watch = Math.max(this.notBefore.watch, performance.now() + turn);
    setTimeout(() => this.sync(), turn + 1);
  }

  async change(mode) {
    const { media } = this;
    this.media = null;
    this.mode = "off";
    this.pictures.set([]);
    await media?.close();
    if (mode === "off") return;
    const begun = new RoomMedia(this.room, { watch: mode === "watch" });
    begun.on("slots", (slots) => this.pictures.set(slots));
    begun.on("state", (state) => state === "closed" && this.lost(begun));
    this.media = begun;
    try {
      if (mode === "part") await begun.use(this.devices.stream);
      await begun.warm();
      if (this.media !== begun) return; // ended by the server meanwhile
      this.mode = mode;
      this.pause = AGAIN_MS;
      this.onMissing(null);
    } catch (error) {
      this.refused(error, mode);
      if (this.media === begun) this.media = null;
      begun.close().catch(() => {});
    }
  }

  /** There is no engine, no place, or it did not come about. */
  refused(error, mode) {
    this.isOff = isUnsupported(error);
    const isFull = mode === "watch" && error.code === "overloaded";
    this.pause = Math.min(LONGEST_MS, 2 * this.pause);
    this.notBefore[mode] = performance.now() + (isFull ? LONGEST_MS * (1 + 2 * Math.random()) : this.pause);
    if (isFull || this.isOff) this.onMissing(isFull ? "air.no_place" : "air.off");
  }

  /** The engine has ended the connection: of somebody who waits too long, or whose seat went. */
  lost(media) {
    if (this.media !== media) return;
    this.idled = this.mine().standing === "waiting";
    this.media = null;
    this.mode = "off";
    this.pictures.set([]);
    this.notBefore.watch = this.notBefore.part = performance.now() + AGAIN_MS;
    setTimeout(() => this.sync(), AGAIN_MS);
    media.close().catch(() => {});
  }

  /** Whether sound and pictures can be had here at all: asked once, before anybody is asked for a camera. */
  async carries() {
    if (this.isOff || this.isAsked || this.media) return !this.isOff;
    try {
      await getTicket(this.room);
      this.isAsked = true;
    } catch (error) {
      this.isOff = isUnsupported(error);
      this.isAsked = !error.retryable; // who is not invited yet is refused as such
    }
    return !this.isOff;
  }

  /** @param {"audio" | "video"} kind @returns {Promise<string | null>} what is missing, as `Devices.open` */
  async open(kind) {
    const fault = await this.devices.open(kind);
    await this.used();
    return fault;
  }

  /** The devices have changed: what is sent and the own picture follow. */
  async used() {
    const { stream } = this.devices;
    this.pictures.setOwn(this.me()?.id, stream);
    if (this.mode === "part") await this.media.use(stream);
    this.sync();
  }

  /** Put the light of the camera out; the microphone stays. */
  async stopCamera() {
    this.devices.stopCamera();
    await this.used();
  }

  /** Let camera and microphone go. */
  async letGo() {
    this.devices.close();
    this.idled = false;
    await this.used();
  }

  /** «Accept» was tapped: what is measured counts from here. */
  accepted() {
    this.media?.accepted();
  }
}

/** The server has no media engine, or one that these pages cannot connect to. */
const isUnsupported = ({ facts }) => facts?.state === "unsupported";

/** @returns {string} a fault of `Devices.open` in words */
export const deviceWords = (fault) => t(`device.${fault}`);
