// Types of liveroom.js. The shapes of events are those of /schemas.json; fields from a newer server may come on top.

export interface Person { id: string; name: string }
export interface Author extends Person { role: Role; level?: number; demo?: boolean }
export interface Visitor extends Person { level?: number }
export type Role = "guest" | "viewer" | "host" | "moderator" | "operator" | "service";
export type RoomPhase = "created" | "open" | "live" | "ended";

/** Sequenced: each once, in order, also across cuts. */
export interface SequencedKinds {
  "comment.sent": {
    id: string; by: Author; text: string; question?: boolean;
    reply_to?: { id: string; name: string; text: string }; mentions?: Person[];
  };
  "viewer.entered": { user: Visitor; effect: "glow" | "comet" | "crown" };
  "like.milestone_reached": { total: number };
  "room.opened": Record<string, never>;
  "room.went_live": { show_id: string; started_at: number };
  "room.ended": {
    show_id?: string; ended_at: number;
    stats?: { viewers: number; comments: number; likes: number; peak_viewers: number };
  };
  "room.updated": { title: string };
}

/** Latest: absolute values; some in between are left out. */
export interface LatestKinds {
  likes: { total: number };
  audience: { viewers: number; joined: number; peak: number; sample?: { name: string; level?: number }[] };
  comments_shed: { total: number };
}

/** Private: to this user or role alone. */
export interface PrivateKinds {
  "welcome.shown": { text: string; returning: boolean; first_visit: boolean; days_away?: number; reasons?: string[] };
  "value_card.shown": {
    card_id: string; step: number; kind: "benefit" | "preview" | "game"; title: string; body: string;
    action?: { label: string };
  };
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
  room: { id?: string; title?: string; scene?: string; status?: RoomPhase; host?: Person };
  show: { id: string; started_at: number } | null;
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
export interface Commands {
  "comment.send": { data: { text: string; reply_to?: string; mentions?: string[] }; ack: { comment_id: string; shed?: boolean } };
  "like.send": { data: { count: number }; ack: object };
  "value_card.act": { data: { card_id: string; step: number }; ack: object };
  "room.open": { data: object; ack: object };
  "room.go_live": { data: object; ack: object };
  "room.end": { data: object; ack: object };
  "room.update": { data: { title?: string }; ack: object };
  "user.ban": { data: { user_id: string; reason?: string; seconds?: number }; ack: object };
  "user.unban": { data: { user_id: string }; ack: object };
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
  /** Epoch ms by the server's clock. */
  serverNow(): number;
  close(): void;
  /** `detail`: the error for "closed", `{code, reason, in_ms}` for "reconnecting". */
  on(name: "status", listener: (status: Status, detail?: any) => void): Off;
  on(name: "error", listener: (error: LiveRoomError) => void): Off;
  on(name: string, listener: (...facts: any[]) => void): Off;
  off(name: string, listener: (...facts: any[]) => void): void;
}

/** The pure reducer behind `room.state`. */
export function fold(state: RoomState, event: { kind: string; seq: number; ts: number; data: any }): RoomState;
