/**
 * How a topic stands, as numbers that can be drawn. Promise: pure; shares are of those who have an opinion.
 */

const IDS = "abcdef";

/** What was said most: "好看 ×12  贵 ×3". */
export const saidMost = ({ said = [] }) => said.map(({ text, count }) => `${text} ×${count}`).join("  ");

/** The opinions with the people behind each: `{id, text, people, share, leads}`. */
export function opinionsOf({ opinions = [] }, tally) {
  const people = tally?.opinions ?? {};
  const all = Object.values(people).reduce((sum, one) => sum + one, 0);
  const most = Math.max(0, ...Object.values(people));
  return opinions.map(({ text }, at) => {
    const mine = people[IDS[at]] ?? 0;
    return { id: IDS[at], text, people: mine, share: all ? Math.round((100 * mine) / all) : 0, leads: mine > 0 && mine === most };
  });
}
