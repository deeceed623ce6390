// Types of polls, for liveroom.d.ts. What the fields mean: docs/polls.md.

import type { Audience, AudienceRule } from "./liveroom";

export interface PollTally { votes?: Record<string, number>; voters?: number }
export interface Poll {
  id: string; version: number; kind: "poll" | "quiz" | "prediction"; question: string;
  status: "open" | "closed" | "settled" | "cancelled" | "hidden";
  choices: { id: string; text: string }[]; picks?: number; secret?: boolean; audience?: Audience;
  opened_at: number; ends_at: number; closed_at?: number; result?: PollTally; right?: string;
}

export interface PollSequenced {
  "poll.changed": { poll: Poll };
}

export interface PollLatest {
  /** By id of the poll; of a secret or closed one `n` alone. */
  poll_votes: { polls: Record<string, PollTally & { n: number }> };
}

export interface PollCommands {
  "poll.open": {
    data: {
      question: string; choices: string[]; kind?: Poll["kind"]; right?: string; picks?: number; secret?: boolean;
      audience?: Audience; lasts_s?: number;
    };
    ack: { poll: Poll };
  };
  "poll.vote": {
    data: { poll: string; choices: string[] };
    ack: { outcome: "counted" | "already_voted" | "not_eligible" | "not_open"; choices?: string[]; rule?: AudienceRule };
  };
  "poll.close": { data: { poll: string }; ack: { poll: Poll } };
  "poll.settle": { data: { poll: string; right: string }; ack: { poll: Poll } };
  "poll.cancel": { data: { poll: string }; ack: { poll: Poll } };
  "poll.hide": { data: { poll: string }; ack: { poll: Poll } };
}
