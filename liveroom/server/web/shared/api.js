/**
 * Reading from the server's HTTP. Promise: never throws and never waits longer than two tries; a try that found no
 * connection is made once more, since one that was open before a cut may be dead.
 */

const TIMEOUT_MS = 10_000;
const AGAIN_MS = 1_000;

/** @param {string} path below `/api/v1` @param {string | null} [token] @returns {Promise<object | null>} null: no answer that helps */
export async function read(path, token = null) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const ask = () => fetch(`/api/v1${path}`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null);
  const answer = (await ask()) ?? (await later(ask));
  return answer?.ok ? answer.json() : null;
}

/** The path of a room's resource. */
export const ofRoom = (room, rest) => `/rooms/${encodeURIComponent(room.name)}/${rest}`;

const later = (ask) => new Promise((resolve) => setTimeout(() => resolve(ask()), AGAIN_MS));
