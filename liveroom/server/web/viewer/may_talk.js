/**
 * Whether this viewer may write now, and what the composer says when not: the show is over, everybody or just they
 * are muted, or the room is slow and their next turn has not come.
 * Promise: it only tells beforehand what the server would answer; who may write is decided there.
 */

import { countdown } from "../shared/offers.js";
import { t } from "../i18n.js";

const TICK_MS = 500;

export class MayTalk {
  /** @param {import("./composer.js").Composer} composer @param {() => number} now server's clock */
  constructor(composer, now) {
    this.composer = composer;
    this.now = now;
    this.opened = false;
    this.mute = null;
    this.rules = {};
    this.nextAt = 0;
    setInterval(() => this.show(), TICK_MS);
    document.addEventListener("languagechanged", () => this.show());
  }

  /** The room takes comments at all. */
  allow(may) {
    this.opened = may;
    this.show();
  }

  /** @param {{until?: number} | undefined} mute absent: none */
  setMute(mute) {
    this.mute = mute ?? null;
    this.show();
  }

  /** @param {object} talk of the room's state, by its name */
  setRules(talk) {
    this.rules = Object.values(talk ?? {})[0]?.rules ?? {};
    this.show();
  }

  /** A comment was taken at `now`: the next one may come `slow_s` later. */
  spoke() {
    this.nextAt = this.now() + 1000 * (this.rules.slow_s ?? 0);
    this.show();
  }

  /** A comment was refused. @param {{code: string, retry_after_ms?: number}} error */
  refused({ code, retry_after_ms: waitMs }) {
    if (code === "rate_limited" && this.rules.slow_s && waitMs) this.nextAt = this.now() + waitMs;
    this.show();
  }

  show() {
    const waitMs = this.rules.slow_s ? this.nextAt - this.now() : 0;
    const says = this.reason();
    if (says) return this.composer.allow(false, says);
    const slow = waitMs > 0 ? t("talk.slow_wait", { time: countdown(waitMs) }) : this.condition();
    return this.composer.allow(true, slow, Math.max(0, Math.ceil(waitMs / 1000)));
  }

  /** Why nothing can be written, in words; undefined: it can. */
  reason() {
    const { mute } = this;
    if (!this.opened) return t("composer.closed");
    if (mute && (!mute.until || mute.until > this.now())) {
      return mute.until ? t("talk.muted_for", { time: countdown(mute.until - this.now()) }) : t("talk.muted");
    }
    return this.rules.muted_all ? t("talk.muted_all") : undefined;
  }

  /** What holds for those who write, in words. */
  condition() {
    const { followers_only: followers, members_only: members, min_level: level, slow_s: slow } = this.rules;
    if (members) return t("talk.members_only");
    if (followers) return t("talk.followers_only");
    if (level) return t("talk.min_level", { level });
    return slow ? t("talk.slow", { seconds: slow }) : undefined;
  }
}
