// Types of battles in liveroom.js; docs/battle.md says what they mean. What is left out has the default of /schemas.json.

import type { Person, Visitor } from "./liveroom";

export type BattleMode = "duel" | "teams" | "solo" | "one_against_all";
export interface BattleSupporter { user: Visitor; points: number }
export interface BattleParty {
  room: string; host: Person; side: number; answer: "waiting" | "joined" | "refused" | "missed";
  away?: boolean; out?: "quit" | "lost" | "ended"; agrees?: boolean; rematch?: boolean; wins?: number;
}
export interface BattleResult {
  round: number; ending: "time_up" | "forfeit" | "consent"; settled_at: number;
  /** The side that has won; absent: a draw. */
  winner?: number;
  places: { room: string; side: number; rank: number; score: number; supporters?: BattleSupporter[] }[];
}
export interface BattleTerms {
  on?: boolean; invite_s?: number; ready_s?: number; duration_s?: number; overtime_s?: number; result_s?: number;
  punishment_s?: number; rematch_s?: number; seek_s?: number;
  score?: {
    gift?: number; like?: number; likes_each?: number; likes_cap?: number; vote?: number; votes_cap?: number;
    first_gift?: number; first_gift_cap?: number; last_s?: number; last?: number;
    task?: { after_s?: number; lasts_s?: number; target?: number; reward_s?: number; reward?: number };
  };
}
/** Times are epoch ms of the server's clock. */
export interface Battle {
  id: string; version: number; round?: number; mode: BattleMode; by?: string; parties: BattleParty[];
  status: "invited" | "ready" | "running" | "overtime" | "counting" | "settled" | "punishment" | "rematch" | "ended";
  terms: BattleTerms; duration_s: number; since: number; until?: number; starts_at?: number; ends_at?: number;
  result?: BattleResult; closed?: "cancelled" | "declined" | "expired" | "left" | "over";
}
export interface BattleSearch { status: "searching" | "found" | "over"; rating?: number; since?: number; until?: number }

export interface BattleSequenced { "battle.changed": { battle: Battle } }

export interface BattleLatest {
  /** By `<battle>.<room>`; an entry with `n` alone is over. */
  battle_scores: {
    scores: Record<string, {
      n: number; battle?: string; room?: string; round?: number; score?: number; task?: number; supporters?: BattleSupporter[];
    }>;
  };
}

export interface BattlePrivate {
  "battle.invitation_changed": { battle: Battle };
  "battle.search_changed": { search: BattleSearch };
}

type OfBattle = { data: { battle: string }; ack: { battle: Battle } };

export interface BattleCommands {
  "battle.invite": {
    data: { opponents: string[]; mode?: BattleMode; partner?: string; invite_s?: number; duration_s?: number };
    ack: { battle: Battle };
  };
  "battle.accept": OfBattle;
  "battle.refuse": OfBattle;
  "battle.cancel": OfBattle;
  "battle.agree_end": OfBattle;
  "battle.go_on": OfBattle;
  "battle.quit": OfBattle;
  "battle.cut_short": OfBattle;
  "battle.rematch": OfBattle;
  "battle.decline_rematch": OfBattle;
  "battle.vote": {
    data: { battle: string; to: string };
    ack: { outcome: "counted" | "already_voted" | "not_running" | "not_offered"; points?: number };
  };
  "battle.seek": { data: object; ack: { search: BattleSearch } };
  "battle.stop_seeking": { data: object; ack: { search: BattleSearch } };
}
