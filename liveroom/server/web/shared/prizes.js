/**
 * Prizes of a draw as people read them, on both pages.
 */

/** "免单 · 满减券 ×10" */
export const prizeWords = ({ prizes }) => prizes.map(({ name, count = 1 }) => (count > 1 ? `${name} ×${count}` : name)).join(" · ");
