// Types of moderation (docs/moderation.md), a part of liveroom.d.ts.

import type { SequencedKinds } from "./liveroom";

/** Who may write here, and what is pinned; a rule that has its default is left out. */
export interface Talk {
  id: string; version: number; status: "open" | "muted"; rules?: Partial<TalkRules>;
  pinned?: { comment: SequencedKinds["comment.sent"]; by: string; at: number };
}
export interface TalkRules {
  muted_all: boolean; slow_s: number; followers_only: boolean; members_only: boolean; min_level: number;
  contacts: "show" | "mask" | "shadow" | "hold" | "block"; hold: "nobody" | "guests" | "everybody"; hold_s: number;
  hold_fallback: "publish" | "refuse"; fold_s: number;
}
export interface Held {
  comment: SequencedKinds["comment.sent"]; reason: "words" | "contact" | "review" | "all"; found?: string[];
  until: number; fallback: "publish" | "refuse";
}
export interface Appeal { user_id: string; status: "open" | "granted" | "denied"; text: string; at: number; again_at?: number }
type OfUser = { user_id: string };
type OfComment = { comment_id: string };
type Imposed = OfUser & { reason?: string; seconds?: number };

export interface ModerationSequenced {
  /** Drop these comments, and what quotes them. */
  "comment.removed": { ids: string[] };
  /** More people said the same: add to the count beside each comment (`times`). */
  "comment.folded": { counts: Record<string, number> };
  "talk.changed": { talk: Talk };
}

export interface ModerationPrivate {
  /** Absent: you may write. */
  "mute.changed": { muted?: { until?: number } };
  /** For the staff. */
  "comment.held": { held: Held };
  /** For the staff, and for its author without `by`. */
  "comment.reviewed": { comment_id: string; verdict: "published" | "refused"; by?: string };
  /** For the staff. */
  "appeal.changed": { appeal: Appeal };
}

export interface ModerationCommands {
  "user.kick": { data: OfUser & { reason?: string }; ack: object };
  "user.mute": { data: Imposed; ack: object };
  "user.unmute": { data: OfUser; ack: object };
  "user.shadow": { data: Imposed; ack: object };
  "user.unshadow": { data: OfUser; ack: object };
  "talk.set_rules": { data: Partial<TalkRules>; ack: { talk: Talk } };
  "comment.pin": { data: OfComment; ack: { talk: Talk } };
  "comment.unpin": { data: object; ack: { talk: Talk } };
  "comment.remove": { data: OfComment; ack: object };
  "comment.remove_all": { data: OfUser; ack: object };
  "comment.review": { data: OfComment & { publish: boolean }; ack: { verdict: "published" | "refused" } };
  "appeal.decide": { data: OfUser & { grant: boolean }; ack: { appeal: Appeal } };
  "words.add": { data: { words: string[]; action?: "mask" | "shadow" | "hold" | "block" }; ack: { words: number } };
  "words.remove": { data: { words: string[] }; ack: { words: number } };
}
