/**
 * Where all who do not watch directly see the show: the address of the stream on the CDN.
 */

import { h } from "../shared/dom.js";
import { t } from "../i18n.js";

/** @param {object} room @param {(type: string, data: object) => Promise<boolean>} send @returns {HTMLElement} */
export function streamAddress(room, send) {
  const input = h("input", { name: "stream_url", type: "url", inputMode: "url", maxLength: 500, autocomplete: "off", placeholder: "https://…/live.m3u8" });
  const label = h("span", {});
  const go = h("button", { class: "plain", type: "submit" });
  const summary = h("summary", {});
  const form = h("form", { class: "launch" }, h("label", { class: "wide" }, label, input), go);
  const fold = h("details", { class: "launch-place" }, summary, form);
  const write = () => {
    summary.textContent = t("camera.stream");
    label.textContent = t("camera.stream_line");
    go.textContent = t("host.title_save");
  };
  // Not on `toggle`: that is told after it is open, when somebody may have begun to write.
  summary.addEventListener("click", () => fold.open || (input.value = room.state.room.stream_url ?? ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await send("room.update", { stream_url: input.value.trim() })) fold.open = false;
  });
  document.addEventListener("languagechanged", write);
  write();
  return fold;
}
