// Types of levels, the fan club and lists of people, for liveroom.d.ts. What the fields mean: docs/levels.md, docs/audience.md.

import type { Visitor } from "./liveroom";

/** What somebody has earned in a room; `next`: points that the next level needs. */
export interface MyClub { level: number; points: number; next?: number; since: number }
export interface MyLevel { level: number; points: number; next?: number; today?: Record<string, number>; club?: MyClub }

export interface LevelSequenced {
  "level.reached": { user: Visitor; level: number };
  /** People who joined the fan club in the same moment; `users` has the first five. */
  "club.entered": { users: Visitor[]; count: number };
}

export interface LevelLatest {
  club_size: { members: number };
}

export interface LevelPrivate {
  "level.changed": { level: MyLevel };
}

export interface LevelCommands {
  /** Highest level first; `next` is the `after` of the next page. */
  "audience.read": { data: { after?: string; limit?: number }; ack: { viewers: number; people: Visitor[]; next?: string } };
  "ranks.read": {
    data: { of: "gifts" | "points" | "club"; show?: string; after?: string; limit?: number };
    ack: { places: { rank: number; user: Visitor; value: number }[]; next?: string };
  };
  "club.join": { data: object; ack: { club?: MyClub; members: number } };
  "club.leave": { data: object; ack: { club?: MyClub; members: number } };
  "room.share": { data: { to?: string }; ack: object };
}
