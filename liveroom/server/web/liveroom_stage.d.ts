// Types of the stage (docs/stage.md), for liveroom.d.ts.

export type StageKind = "audio" | "video";
export type StageStanding = "absent" | "waiting" | "invited" | "seated" | "away";
export type StageEnding =
  | "canceled" | "refused" | "expired" | "declined" | "withdrawn" | "left" | "removed" | "banned" | "dropped" | "time_up" | "closed";

interface Named { id: string; name: string }

/** Used when both are true: `on` is its owner's switch, `allowed` that of the staff. */
export interface StageDevice { on: boolean; allowed: boolean }
export interface StageGuest {
  user: Named; kind: StageKind; mic: StageDevice; camera: StageDevice; since: number; ends_at?: number; away?: boolean;
}
export interface StageSeat { number: number; status: "free" | "locked" | "reserved" | "held" | "taken"; guest?: StageGuest }
export interface Stage {
  id: string; version: number; status: "open" | "closed" | "ended"; auto: boolean; kinds: StageKind[]; waiting: number;
  seats: StageSeat[];
}
/** What may be sent now; how it is sent, `media.changed` says. */
export interface SeatGrant { seat: number; kinds: StageKind[] }
export interface MyStage {
  version: number; standing: StageStanding; kind?: StageKind; place?: number; waiting?: number; invited_by?: Named;
  expires_at?: number; ends_at?: number; grant?: SeatGrant; ended?: { reason: StageEnding; at: number; again_at?: number };
}
export interface StageQueue {
  version: number; total: number;
  waiting: { user: Named; kind: StageKind; line?: string; at: number; expires_at: number; away?: boolean }[];
  invited: { user: Named; kind: StageKind; seat: number; by: Named; expires_at: number }[];
  reserved: { seat: number; user: Named }[];
}

export interface StageSequencedKinds {
  "stage.changed": { stage: Stage };
  "stage.guest_seated": { user: Named; seat: number; kind: StageKind };
  "stage.guest_left": { user: Named; seat: number; reason: StageEnding };
}

export interface StagePrivateKinds {
  "stage.place_changed": { stage: MyStage };
  "stage.queue_changed": { queue: StageQueue };
}

interface PersonAck { user_id: string; stage: MyStage }
interface SeatAck { seat: number; status: StageSeat["status"] }

export interface StageCommands {
  "stage.apply": { data: { kind: StageKind; line?: string }; ack: PersonAck };
  "stage.cancel": { data: object; ack: PersonAck };
  "stage.answer": { data: { accept: boolean }; ack: PersonAck };
  "stage.leave": { data: object; ack: PersonAck };
  "stage.switch": { data: { mic?: boolean; camera?: boolean }; ack: PersonAck };
  "stage.accept": { data: { user_id: string; seat?: number }; ack: PersonAck };
  "stage.refuse": { data: { user_id: string }; ack: PersonAck };
  "stage.invite": { data: { user_id: string; kind: StageKind; seat?: number; name?: string }; ack: PersonAck };
  "stage.withdraw": { data: { user_id: string }; ack: PersonAck };
  "stage.remove": { data: { user_id: string }; ack: PersonAck };
  "stage.move": { data: { user_id: string; seat: number }; ack: PersonAck };
  "stage.allow": { data: { user_id: string; mic?: boolean; camera?: boolean }; ack: PersonAck };
  "stage.set_turn": { data: { user_id: string; ends_at: number | null }; ack: PersonAck };
  "stage.lock": { data: { seat: number }; ack: SeatAck };
  "stage.unlock": { data: { seat: number }; ack: SeatAck };
  "stage.reserve": { data: { seat: number; user_id: string; name?: string }; ack: SeatAck };
  "stage.configure": { data: { auto?: boolean; applications?: boolean }; ack: { stage: Stage } };
}
