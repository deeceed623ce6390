/**
 * Why a draw is fair, in a sheet: what was fixed before the first entry, one's own receipt, what was told after, and
 * the command that works all of it out again.
 * Promise: shows the values themselves, to be copied; nothing here has to be believed.
 */

import { h, must } from "../shared/dom.js";
import { prizeWords } from "../shared/prizes.js";
import { Sheet } from "./sheet.js";
import { t } from "../i18n.js";

export class Proof {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.body = must(".sheet-body", dialog);
    this.sheet = new Sheet(dialog);
  }

  /** @param {object} lottery @param {object} [entry] one's own receipt @param {HTMLElement | null} opener */
  open(lottery, entry, opener) {
    this.fill(lottery, entry);
    this.sheet.open(opener);
  }

  fill(lottery, entry) {
    const address = `${location.origin}/api/v1/lotteries/${encodeURIComponent(lottery.id)}/proof`;
    const command = `liveroom lottery verify ${address} --commitment ${lottery.commitment}${entry ? ` --ticket ${entry.ticket}` : ""}`;
    const drawn = lottery.status === "drawn";
    this.body.replaceChildren(
      h("p", { class: "proof-line" }, t("proof.line")),
      h("dl", { class: "proof" },
        ...pair("proof.commitment", lottery.commitment),
        ...(entry ? pair("proof.ticket", `${entry.number} · ${entry.ticket}`) : []),
        ...(drawn ? [...pair("proof.seed", lottery.seed), ...pair("proof.entries_hash", lottery.entries_hash)] : [])),
      drawn ? "" : h("p", { class: "proof-line" }, t("proof.later")),
      ...(drawn ? this.winners(lottery) : []),
      h("h3", {}, t("proof.check")),
      h("p", { class: "proof-line" }, t("proof.check_line")),
      copied(command),
      h("p", {}, h("a", { class: "link", href: address, target: "_blank", rel: "noopener" }, t("proof.raw"))));
  }

  winners({ winners = [], prizes }) {
    return [
      h("h3", {}, t("proof.winners")),
      h("p", { class: "proof-line" }, prizeWords({ prizes })),
      h("ol", { class: "all-winners" }, ...winners.map(({ user, prize, number }) =>
        h("li", {}, h("b", {}, user.name), h("span", {}, prizes[prize].name), h("small", {}, t("proof.number", { number }))))),
    ];
  }
}

const pair = (key, value) => [h("dt", {}, t(key)), h("dd", {}, h("code", {}, value))];

/** A line to copy; where the browser gives no clipboard it can be selected with one tap. */
function copied(text) {
  const button = h("button", { class: "plain", type: "button" }, t("proof.copy"));
  button.addEventListener("click", () => navigator.clipboard?.writeText(text).then(() => (button.textContent = t("proof.copied")), () => {}));
  return h("div", { class: "command" }, h("code", {}, text), navigator.clipboard && button);
}
