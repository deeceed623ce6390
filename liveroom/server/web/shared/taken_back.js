/**
 * What becomes of shown comments after they were sent: taken back, or said by more people.
 * Promise: works on any list whose entries carry `data-comment`; what is not shown (any more) changes nothing.
 */

import { h } from "./dom.js";
import { t } from "../i18n.js";

/** Remove these comments from `nodes`, and the quotes of them from others. */
export function takeBack(nodes, ids) {
  const gone = new Set(ids);
  for (const node of nodes) {
    if (gone.has(node.dataset.comment)) node.remove();
    else if (gone.has(node.dataset.answers)) node.querySelector(".quote")?.remove();
  }
}

/** So many more people have said the same, by id of the comment. */
export function countSame(nodes, counts) {
  for (const node of nodes) {
    const more = counts[node.dataset.comment];
    if (more) markSame(node, Number(node.dataset.times ?? 0) + more);
  }
}

/** Show that `times` more people have said this. */
export function markSame(node, times) {
  if (!times) return;
  node.dataset.times = times;
  const place = node.querySelector(".comment, .text") ?? node;
  const mark = place.querySelector(".same") ?? place.appendChild(h("b", { class: "same" }));
  mark.textContent = `×${times + 1}`;
  mark.title = t("talk.same", { count: times });
}
