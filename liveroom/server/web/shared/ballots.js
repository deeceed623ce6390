/**
 * How a poll stands, as numbers that can be drawn. Promise: pure; shares are of the voters, since one may tap several.
 */

/** @param {object} poll @param {object} [tally] the latest `poll_votes` of it @returns {{votes: object, voters: number} | null} null: it is not told */
export function standing(poll, tally) {
  const told = poll.result ?? tally;
  return told?.votes || told?.voters !== undefined ? { votes: told.votes ?? {}, voters: told.voters ?? 0 } : null;
}

/** The choices with what each has: `{id, text, votes, share, leads}`. */
export function choicesOf(poll, tally) {
  const told = standing(poll, tally);
  const most = Math.max(0, ...Object.values(told?.votes ?? {}));
  return poll.choices.map(({ id, text }) => {
    const votes = told?.votes[id] ?? 0;
    return { id, text, votes, share: told?.voters ? Math.round((100 * votes) / told.voters) : 0, leads: votes > 0 && votes === most };
  });
}
