/**
 * The viewer's own way onto the stage: apply, wait with a place that is told, be invited, be up there, get down.
 * Promise: `mine` is the newest that the server told; what is refused is told in words; nothing of a camera is taken
 * before the person asks for it.
 */

import { stageOf, takesApplications } from "../shared/seats.js";
import { must, settle } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { sayError } from "../shared/errors.js";
import { Air, deviceWords } from "./air.js";
import { GuestSheet } from "./guest_sheet.js";
import { t } from "../i18n.js";

const ABSENT = { version: 0, standing: "absent" };
const TICK_MS = 1000;
const UP = new Set(["seated", "away"]);
const OPEN_PHASES = new Set(["live", "waiting"]);

export class Guest {
  /** @param {HTMLElement} phone @param {{room: object, now: () => number, me: () => object | null, tell: (text: string) => void}} use */
  constructor(phone, use) {
    Object.assign(this, use);
    this.phone = phone;
    this.chip = must(".stage-chip", phone);
    this.mine = ABSENT;
    this.isOff = false;
    this.air = new Air(phone, { ...use, mine: () => this.mine });
    this.sheet = new GuestSheet(phone, this);
    this.sheet.openedBy(this.chip);
    this.hear();
    setInterval(() => this.sheet.tick(), TICK_MS);
    new MutationObserver(() => this.render()).observe(phone, { attributeFilter: ["data-show"] });
    if (this.room.status === "joined") this.adopt(this.room.state.me.stage ?? ABSENT);
    this.render();
  }

  hear() {
    const { room } = this;
    room.on("joined", ({ me = {} }) => this.adopt(me.stage ?? ABSENT));
    room.on("stage.place_changed", ({ stage }) => this.take(stage));
    room.on("state", ({ stages }) => {
      if (stages !== this.seen) this.render();
      this.seen = stages;
    });
    document.addEventListener("languagechanged", () => this.render());
  }

  /** Of a join: it is the whole, also when it is less than before. */
  adopt(mine) {
    this.mine = ABSENT;
    this.take(mine);
  }

  /** @param {object} mine where this person is now; an older one changes nothing */
  take(mine) {
    if (mine.version < this.mine.version) return;
    const before = this.mine;
    this.mine = mine;
    this.render();
    this.air.sync();
    if (before.standing === mine.standing) return;
    if (mine.standing === "invited") this.showInvitation(mine);
    if (UP.has(mine.standing) && !this.air.devices.stream) this.sheet.open(this.chip);
    if (mine.standing === "absent" && before.version > 0) this.air.letGo();
    if (mine.standing === "absent" && mine.ended && before.version > 0 && mine.ended.reason !== "canceled") this.tell(t(`ending.${mine.ended.reason}`));
  }

  /** On the sheet, unless somebody is writing: then the chip and a line say so. */
  showInvitation({ invited_by: by }) {
    if (document.activeElement?.matches("input")) this.tell(t("guest.invited", { name: by?.name ?? t("role.host") }));
    else settle(this.sheet.open(this.chip));
  }

  get stage() {
    return stageOf(this.room.state, this.room.name);
  }

  /** What a guest of the stage can be here: audio, video. */
  get kinds() {
    return this.stage?.kinds ?? ["audio", "video"];
  }

  render() {
    const { standing, place } = this.mine;
    const isIn = standing !== "absent";
    const may = OPEN_PHASES.has(this.phone.dataset.show) && !(this.me()?.guest ?? true);
    this.chip.hidden = !isIn && (!may || this.isOff || !takesApplications(this.stage));
    this.chip.dataset.standing = standing;
    this.chip.replaceChildren(icon("mic"), t(`stand.${standing}`, { place: place ?? "" }));
    this.sheet.render();
  }

  /** @returns {Promise<boolean>} whether it took effect; a refusal is told on the sheet */
  async send(type, data = {}) {
    this.sheet.fault("");
    try {
      const { stage } = await this.room.send(type, data);
      this.take(stage);
      return true;
    } catch (error) {
      this.isOff ||= error.facts?.reason === "stage_off";
      this.sheet.fault(sayError(error));
      this.render();
      return false;
    }
  }

  /** The sheet was opened: what it offers depends on whether sound and pictures are carried here. */
  async look() {
    await this.air.carries();
    this.sheet.sayNow();
  }

  /** Asks for camera and microphone, where they lead to something. @returns {Promise<"audio" | "video" | null>} what there is now */
  async prepare(kind) {
    const { devices } = this.air;
    if (!(await this.air.carries())) return kind;
    const has = devices.hasAudio && (kind === "audio" || devices.hasVideo);
    const fault = has ? null : await this.air.open(kind);
    this.sheet.fault(fault ? deviceWords(fault) : "");
    this.sheet.showDevices();
    if (!devices.hasAudio) return null;
    return devices.hasVideo ? "video" : "audio";
  }

  /** With a camera that is refused the same is offered with sound alone. */
  async apply(kind, line) {
    const has = await this.prepare(kind);
    if (!has) return;
    if (kind === "video" && has === "audio") this.sheet.choose("audio");
    else await this.send("stage.apply", line ? { kind, line } : { kind });
  }

  async answerYes(kind) {
    if (!(await this.prepare(kind))) return;
    this.air.accepted();
    await this.send("stage.answer", { accept: true });
  }

  /** The own switch of a microphone or camera; the light of a camera goes out with it. */
  async turn(device, on) {
    if (on && !(await this.prepare(device === "camera" ? "video" : "audio"))) return;
    const isDone = await this.send("stage.switch", { [device]: on });
    if (isDone && device === "camera" && !on) await this.air.stopCamera();
    this.sheet.showDevices();
  }

  /** The sheet was closed: nobody who is not on the way up leaves a camera on. */
  shut() {
    if (this.mine.standing === "absent") this.air.letGo();
  }
}
