/**
 * A battle as pages show it: its sides with their points, what runs until when, which boost holds.
 * Promise: pure; points are the server's absolute ones, and those of the result as soon as a round has one.
 */

import { locale } from "../i18n.js";

const DECIDED = new Set(["settled", "punishment", "rematch"]);
const FIGHTING = new Set(["running", "overtime"]);
const MILLION = 1_000_000;
const FIRST_HINT_MS = 30_000;
// What the server leaves out; docs/battle.md.
const SCORE = { gift: 100, like: 1, vote: 10, first_gift: 200, last_s: 30, last: 150 };
const TASK = { after_s: 60, lasts_s: 60, target: 100, reward_s: 30, reward: 200 };
const NO_POINTS = { score: 0, task: 0, supporters: [] };

export const isFighting = ({ status }) => FIGHTING.has(status);
export const isDecided = ({ status }) => DECIDED.has(status);
export const roundOf = ({ round = 1 }) => round;

/** The battle of a room's state; undefined: none. */
export const battleOf = ({ battles = {} }) => Object.values(battles).sort((a, b) => b.since - a.since)[0];

/** What counts how much in it. */
export const scoreTerms = ({ terms = {} }) => ({ ...SCORE, ...terms.score, task: terms.score?.task && { ...TASK, ...terms.score.task } });

/** Points as people compare them: whole up to 999 999, then 1.24M. */
export function points(value) {
  return new Intl.NumberFormat(locale(), value < MILLION ? {} : { notation: "compact", maximumFractionDigits: 2 }).format(value);
}

/** @returns {{score: number, task: number, supporters: object[]}} of one room in the present round */
function pointsOf(battle, room, totals = {}) {
  const { result } = battle;
  const isResult = isDecided(battle) && result?.round === roundOf(battle);
  const found = isResult ? result.places.find((place) => place.room === room) : totals.battle_scores?.scores?.[`${battle.id}.${room}`];
  return found && (isResult || (found.round ?? 1) === roundOf(battle)) ? { ...NO_POINTS, ...found } : NO_POINTS;
}

/** @returns {object[]} sides, the own one first: `{side, own, score, outcome, rooms}`; `outcome`: won, lost, draw, "" */
export function sidesOf(battle, own, totals) {
  const joined = battle.parties.filter((party) => party.answer === "joined");
  const ownSide = joined.find((party) => party.room === own)?.side;
  const numbers = [...new Set(joined.map((party) => party.side))].sort((a, b) => (b === ownSide) - (a === ownSide) || a - b);
  return numbers.map((side) => {
    const rooms = joined
      .filter((party) => party.side === side)
      .sort((a, b) => (b.room === own) - (a.room === own))
      .map((party) => ({ ...party, ...pointsOf(battle, party.room, totals) }));
    return { side, own: side === ownSide, score: rooms.reduce((sum, room) => sum + room.score, 0), outcome: outcomeOf(battle, side), rooms };
  });
}

function outcomeOf(battle, side) {
  if (!isDecided(battle) || !battle.result) return "";
  if (battle.result.winner === undefined) return "draw";
  return battle.result.winner === side ? "won" : "lost";
}

/** When what is on ends by itself, in epoch ms; undefined: it takes a moment only. */
export function endOf(battle) {
  if (battle.status === "ready") return battle.starts_at ?? battle.until;
  return isFighting(battle) ? (battle.ends_at ?? battle.until) : battle.until;
}

/** @returns {{kind: "task" | "reward" | "last" | "first", times: number, [fact: string]: unknown} | null} for the room `own` */
export function boostOf(battle, own, totals, now) {
  if (!isFighting(battle)) return null;
  const terms = scoreTerms(battle);
  return taskOf(battle, own, totals, now, terms.task) ?? lastOf(battle, now, terms) ?? firstOf(battle, now, terms);
}

function taskOf(battle, own, totals, now, task) {
  if (!task) return null;
  const begins = battle.starts_at + task.after_s * 1000;
  const ends = begins + task.lasts_s * 1000;
  const made = pointsOf(battle, own, totals).task;
  if (now >= begins && now < ends) return { kind: "task", times: task.reward / 100, made, target: task.target, until: ends };
  const rewarded = made >= task.target && now >= ends && now < ends + task.reward_s * 1000;
  return rewarded ? { kind: "reward", times: task.reward / 100, until: ends + task.reward_s * 1000 } : null;
}

function lastOf(battle, now, { last, last_s }) {
  const isLast = battle.status === "running" && last > 100 && now >= battle.ends_at - last_s * 1000;
  return isLast ? { kind: "last", times: last / 100 } : null;
}

function firstOf(battle, now, { first_gift: first }) {
  return first > 100 && now < battle.starts_at + FIRST_HINT_MS ? { kind: "first", times: first / 100 } : null;
}
