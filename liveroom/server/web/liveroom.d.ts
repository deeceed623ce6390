// Types of liveroom.js. The shapes of events are those of /schemas.json; fields from a newer server may come on top.

import type { Battle, BattleCommands, BattleLatest, BattlePrivate, BattleSequenced } from "./liveroom_battles";
import type { LevelCommands, LevelLatest, LevelPrivate, LevelSequenced } from "./liveroom_levels";
import type { Lottery, LotteryCommands, LotteryLatest, LotteryPrivate, LotterySequenced } from "./liveroom_lotteries";
import type { MediaCommands, MediaLatest, MediaPrivate } from "./liveroom_media";
import type { ModerationCommands, ModerationPrivate, ModerationSequenced, Talk } from "./liveroom_moderation";
import type { NumbersPrivate } from "./liveroom_numbers";
import type { Poll, PollCommands, PollLatest, PollSequenced } from "./liveroom_polls";
import type { QuestionCommands, QuestionPrivate, QuestionSequenced, ShownQuestion } from "./liveroom_questions";
import type { Explained, Product, ShelfCommands, ShelfLatest, ShelfSequenced } from "./liveroom_shelf";
import type { Stage, StageCommands, StagePrivateKinds, StageSequencedKinds } from "./liveroom_stage";
import type { Topic, TopicCommands, TopicLatest, TopicSequenced } from "./liveroom_topics";
export type * from "./liveroom_battles";
export type * from "./liveroom_levels";
export type * from "./liveroom_lotteries";
export type * from "./liveroom_media";
export type * from "./liveroom_moderation";
export type * from "./liveroom_numbers";
export type * from "./liveroom_polls";
export type * from "./liveroom_questions";
export type * from "./liveroom_shelf";
export type * from "./liveroom_stage";
export type * from "./liveroom_topics";

export interface Person { id: string; name: string }
/** `club`: level in the room's fan club; absent: no member. */
export interface Author extends Person { role: Role; level?: number; club?: number; demo?: boolean }
export interface Visitor extends Person { level?: number; club?: number; demo?: boolean }
export type Role = "guest" | "viewer" | "host" | "moderator" | "operator" | "service";
export type RoomPhase = "created" | "open" | "live" | "ended";

/** All amounts are integers of the currency's smallest unit. */
export interface Drop { id: string; starts_at: number; ends_at: number; stock: number; pot?: number; exhausted?: boolean }
export interface Campaign {
  id: string; name: string; currency: string; version: number;
  status: "draft" | "active" | "paused" | "exhausted" | "ended";
  value: { kind: "fixed"; amount: number } | { kind: "random"; min: number; max: number };
  per_user?: number; per_drop?: number; valid_s: number; ends_at?: number; drops: Drop[];
  audience?: Audience;
}
/** Who may; all that is given must hold. */
export interface Audience {
  level_min?: number; followed?: boolean; member?: boolean; fan?: boolean; minutes?: number; spent?: number;
}
export type AudienceRule = "level" | "followed" | "member" | "fan" | "minutes" | "spent";
export interface Grant {
  id: string; campaign: string; drop: string; amount: number; currency: string; expires_at: number;
  status?: "issued" | "locked" | "redeemed" | "released" | "expired" | "revoked";
}
/** `count` and `amount` are those of the whole combo. */
export interface Combo { combo: string; gift: string; by: Visitor; to: Person; count: number; amount: number }

/** Sequenced: each once, in order, also across cuts. */
export interface SequencedKinds extends BattleSequenced, LevelSequenced, LotterySequenced, ModerationSequenced, PollSequenced, QuestionSequenced, ShelfSequenced, StageSequencedKinds, TopicSequenced {
  "comment.sent": {
    id: string; by: Author; text: string; question?: boolean;
    reply_to?: { id: string; name: string; text: string }; mentions?: Person[]; times?: number;
    topic?: string; opinion?: string;
  };
  "viewer.entered": {
    user: Visitor; effect: "glow" | "comet" | "crown"; rule?: string; text?: { zh: string; en: string };
  };
  "like.milestone_reached": { total: number };
  "room.opened": Record<string, never>;
  "room.went_live": { show_id: string; started_at: number };
  "room.ended": {
    show_id?: string; ended_at: number;
    stats?: { viewers: number; comments: number; likes: number; peak_viewers: number };
  };
  "room.updated": { title: string; stream_url?: string };
  "campaign.changed": {
    change: "activated" | "paused" | "resumed" | "edited" | "drop_added" | "exhausted" | "restocked" | "ended"; campaign: Campaign;
  };
  "coupon.drop_announced": { campaign: string; name: string; drop: Drop };
  "gift.sent": Combo & { added: number; opened?: boolean; ends_at?: number };
  "gift.combo_closed": Combo & { settlement_id: string };
  "order.recorded": { text: { zh: string; en: string }; by?: Person; product?: string; count: number };
}

/** Latest: absolute values; some in between are left out. */
export interface LatestKinds extends BattleLatest, LevelLatest, LotteryLatest, MediaLatest, PollLatest, ShelfLatest, TopicLatest {
  likes: { total: number };
  audience: { viewers: number; joined: number; peak: number; sample?: { name: string; level?: number }[] };
  comments_shed: { total: number };
  /** Coupons left, by campaign and drop. */
  coupon_stock: { campaigns: Record<string, { left?: Record<string, number>; n: number }> };
  gift_ranks: { show_id: string; top?: { user: Visitor; amount: number }[] };
  gift_totals: { show_id: string; gifts: number; amount: number; givers: number; currency: string };
}

/** Private: to this user or role alone. */
export interface PrivateKinds extends BattlePrivate, LevelPrivate, LotteryPrivate, MediaPrivate, ModerationPrivate, NumbersPrivate, QuestionPrivate, StagePrivateKinds {
  "welcome.shown": { text: string; returning: boolean; first_visit: boolean; days_away?: number; reasons?: string[] };
  "value_card.shown": {
    card_id: string; step: number; kind: "benefit" | "preview" | "game"; title: string; body: string;
    action?: { label: string };
  };
  "coupon.grant_updated": { grant: Grant };
  "cue.shown": { user: Visitor; line: string; reasons: string[]; weight: number };
}

export type EventKinds = SequencedKinds & LatestKinds & PrivateKinds;

export interface LiveEvent<Data = unknown> {
  kind: string;
  /** Epoch ms by the server's clock; null for latest values. */
  ts: number | null;
  data: Data;
  room: string | null;
  lane: "sequenced" | "latest" | "private";
  /** Position in the room; null unless sequenced. */
  seq: number | null;
}

export interface RoomState {
  room: { id?: string; title?: string; scene?: string; status?: RoomPhase; host?: Person; stream_url?: string };
  show: { id: string; started_at: number } | null;
  /** Those that are active, paused or exhausted, by id. */
  campaigns: Record<string, Campaign>;
  /** Those on the shelf, by id. */
  products: Record<string, Product>;
  /** `shelf.shelf` while a product is being explained. */
  shelf: { shelf?: Explained };
  /** Those that are open, and those whose result is shown, by id. */
  polls: Record<string, Poll>;
  /** By the room's name, once something was set. */
  talk: Record<string, Talk>;
  /** Those that are open or being drawn, and those whose winners are shown, by id. */
  lotteries: Record<string, Lottery>;
  /** Those that are being answered now, by id. */
  questions: Record<string, ShownQuestion>;
  /** The one that is open, and those whose summary is shown, by id. */
  topics: Record<string, Topic>;
  /** The stage, by the room, while it is in use. */
  stages: Record<string, Stage>;
  /** The battle the room is in, from the countdown on, by id. */
  battles: Record<string, Battle>;
  /** The last 200 comments, oldest first. */
  comments: { kind: "comment.sent"; seq: number; ts: number; data: SequencedKinds["comment.sent"] }[];
  totals: Partial<LatestKinds> & Record<string, unknown>;
  me: Record<string, unknown>;
}

export interface Joined {
  room: string; epoch: string; seq: number; recovered: boolean;
  events?: { kind: string; ts: number; data: unknown }[];
  snapshot?: Record<string, unknown>; totals: Record<string, unknown>; me: Record<string, unknown>;
}

/** Commands and what their ack tells. */
export interface Commands extends BattleCommands, LevelCommands, LotteryCommands, MediaCommands, ModerationCommands, PollCommands, QuestionCommands, ShelfCommands, StageCommands, TopicCommands {
  "comment.send": { data: { text: string; reply_to?: string; mentions?: string[]; topic?: string }; ack: { comment_id: string; shed?: boolean; held?: boolean; folded?: boolean } };
  "like.send": { data: { count: number }; ack: object };
  "value_card.act": { data: { card_id: string; step: number }; ack: object };
  "room.open": { data: object; ack: object };
  "room.go_live": { data: object; ack: object };
  "room.end": { data: object; ack: object };
  "room.update": { data: { title?: string; stream_url?: string }; ack: object };
  "user.ban": { data: { user_id: string; reason?: string; seconds?: number }; ack: object };
  "user.unban": { data: { user_id: string }; ack: object };
  "coupon.claim": {
    data: { campaign: string; drop?: string };
    ack: {
      outcome: "granted" | "already_claimed" | "sold_out" | "not_eligible" | "not_open"; grant?: Grant;
      rule?: "level" | "followed" | "member" | "fan" | "minutes" | "spent"; reason?: "early" | "paused" | "over" | "ended"; starts_at?: number;
    };
  };
  "campaign.activate": { data: { campaign: string }; ack: { campaign: Campaign } };
  "campaign.pause": { data: { campaign: string }; ack: { campaign: Campaign } };
  "campaign.resume": { data: { campaign: string }; ack: { campaign: Campaign } };
  "campaign.end": { data: { campaign: string }; ack: { campaign: Campaign } };
  "campaign.add_drop": {
    data: { campaign: string; in_s?: number; lasts_s?: number; stock: number; pot?: number }; ack: { campaign: Campaign };
  };
  /** What is left out stays as it is. */
  "campaign.edit": {
    data: { campaign: string; drops?: ({ id: string } & Partial<Omit<Drop, "id" | "exhausted">>)[] }
      & Partial<Pick<Campaign, "name" | "value" | "per_user" | "per_drop" | "audience" | "valid_s" | "ends_at">>;
    ack: { campaign: Campaign };
  };
  "gift.send": {
    data: { gift: string; count?: number; to?: string };
    ack: {
      outcome: "sent" | "refused" | "not_live" | "not_offered" | "wrong_receiver" | "closed" | "billing_unavailable";
      reason?: string; amount?: number; combo?: { id: string; count: number; amount: number; ends_at: number };
    };
  };
}

/** What every ack may tell besides its own data. */
export interface AckFacts { seq?: number; duplicate?: true }

export class LiveRoomError extends Error {
  /** Codes of the server, or of the client itself: no_answer, too_many_pending, message_too_big, closed, bad_url, closed_<close code>. */
  code: string;
  retryable: boolean;
  retry_after_ms?: number;
  field?: string;
  room?: string;
  /** The key to send the same command again with. */
  key?: string;
  /** What else the server tells: `reason`, `state`, `possible`, … */
  facts: Record<string, string | number>;
}

export type Off = () => void;

export class Room {
  readonly name: string;
  readonly status: "joining" | "joined" | "left";
  readonly state: RoomState;
  readonly seq: number | null;
  readonly error: LiveRoomError | null;
  on<K extends keyof EventKinds>(kind: K, listener: (data: EventKinds[K], event: LiveEvent<EventKinds[K]>) => void): Off;
  /** Every event of this room. */
  on(kind: "*", listener: (data: unknown, event: LiveEvent) => void): Off;
  /** After anything in `state` changed. */
  on(name: "state", listener: (state: RoomState) => void): Off;
  /** After the state was replaced: the first join, or more was missed than the server keeps. */
  on(name: "snapshot", listener: (state: RoomState) => void): Off;
  on(name: "joined", listener: (joined: Joined) => void): Off;
  /** The room was left: null when you did it, otherwise why the server keeps you out. */
  on(name: "left", listener: (error: LiveRoomError | null) => void): Off;
  on(kind: string, listener: (data: any, event: LiveEvent) => void): Off;
  off(name: string, listener: (...facts: any[]) => void): void;
  send<T extends keyof Commands>(type: T, data: Commands[T]["data"], options?: { key?: string }): Promise<Commands[T]["ack"] & AckFacts>;
  send(type: string, data?: object, options?: { key?: string }): Promise<Record<string, unknown> & AckFacts>;
  leave(): Promise<void>;
}

export interface LiveRoomOptions {
  /** ws, wss, http, https or relative address; default: /ws of the page's server. */
  url?: string;
  token?: string;
  /** Gives a token whenever one is needed: at the start, before the old one runs out, after 4003. */
  getToken?: () => Promise<string | undefined> | string | undefined;
  /** Language of texts written for this viewer, BCP 47. */
  lang?: string;
  client?: { name: string; version?: string };
  /** For tests and other surroundings. */
  WebSocket?: new (url: string, protocols: string[]) => unknown;
  setTimeout?: (fn: () => void, ms: number) => unknown;
  clearTimeout?: (timer: any) => void;
  random?: () => number;
  now?: () => number;
}

export type Status = "connecting" | "connected" | "reconnecting" | "closed";

export class LiveRoom {
  constructor(options?: LiveRoomOptions);
  readonly status: Status;
  readonly user: { id: string; name: string; role: Role; guest: boolean } | null;
  readonly session: string | null;
  readonly limits: Record<string, number>;
  readonly rooms: ReadonlyMap<string, Room>;
  join(room: string): Room;
  leave(room: string): Promise<void>;
  send(type: string, data?: object, options?: { room?: string; key?: string }): Promise<Record<string, unknown> & AckFacts>;
  /** Round trip in ms; NaN while there is no connection. */
  ping(): Promise<number>;
  /** Asks for a sign of life now, and reconnects when none comes; browsers' own events (`online`, …) do it by themselves. */
  check(): void;
  /** Epoch ms by the server's clock. */
  serverNow(): number;
  close(): void;
  /** `detail`: the error for "closed"; `{code, reason, in_ms}` for "reconnecting", `{reason}` alone while the browser is offline. */
  on(name: "status", listener: (status: Status, detail?: any) => void): Off;
  on(name: "error", listener: (error: LiveRoomError) => void): Off;
  on(name: string, listener: (...facts: any[]) => void): Off;
  off(name: string, listener: (...facts: any[]) => void): void;
}

/** The pure reducer behind `room.state`. */
export function fold(state: RoomState, event: { kind: string; seq: number; ts: number; data: any }): RoomState;
