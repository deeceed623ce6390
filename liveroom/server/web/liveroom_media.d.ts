// Types of audio and video on the wire (docs/media.md), for liveroom.d.ts. In a browser, media.js does what these are for.

export type MediaKind = "audio" | "video";
export interface MediaLink { room: string; url: string; ticket: string }
export interface MediaSlot { audio?: string; video?: string; user_id?: string; room?: string }
export interface MyMedia {
  state: "prepared" | "connected" | "lost" | "closed"; session?: string; kinds?: MediaKind[]; muted?: MediaKind[]; slots?: MediaSlot[];
  links?: MediaLink[];
  why?: "left" | "idle" | "lost" | "removed" | "replaced";
}
export interface OnAir { user_id: string; kinds: MediaKind[]; quality?: "good" | "fair" | "bad"; lost?: boolean }
export interface MediaTicket {
  engine: string; ticket: string; expires_at: number; slots: number;
  ice_servers?: { urls: string[]; username?: string; credential?: string }[]; url?: string; links?: MediaLink[];
}

export interface MediaLatest {
  /** `talking`: the loudest first. */
  media_stage: { on_air?: OnAir[]; talking?: string[] };
}

export interface MediaPrivate {
  "media.changed": { media: MyMedia };
}

export interface MediaCommands {
  "media.prepare": { data: { watch?: boolean }; ack: MediaTicket };
  "media.offer": { data: { ticket: string; sdp: string }; ack: { session: string; sdp: string } };
  "media.mute": { data: { kind: MediaKind; muted: boolean }; ack: object };
  "media.leave": { data: object; ack: object };
  "media.report": { data: { warm: boolean; first_packet_ms?: number; first_frame_ms?: number }; ack: object };
  /** Sums since the page was opened. */
  "watch.report": { data: { height: number; played_ms: number; stalled_ms: number }; ack: object };
}
