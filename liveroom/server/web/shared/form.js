/**
 * Small parts of the console's forms: a labelled field, a form that folds away, one send at a time.
 * Promise: a form is closed and emptied only after the server took it; a refusal stands inside it.
 */

import { h } from "./dom.js";
import { sayError } from "./errors.js";
import { t } from "../i18n.js";

/** A control under its words. */
export const field = (text, control, props = {}) => h("label", props, h("span", {}, text), control);

/** A text field with the usual manners. */
export const textInput = (name, props = {}) => h("input", { name, type: "text", autocomplete: "off", required: true, ...props });

/** A choice of `[value, text]`. */
export const select = (name, options, chosen) =>
  h("select", { name }, ...options.map(([value, text]) => h("option", { value, selected: String(value) === String(chosen) }, text)));

/** For how long: a choice of seconds, told in minutes from one on. */
export const lastsSelect = (seconds, usual) =>
  select("lasts_s", seconds.map((s) => [s, s < 60 ? t("launch.seconds", { count: s }) : t("launch.minutes", { count: s / 60 })]), usual);

/** A button that adds a field to a list, up to `most`, and goes there. @param {(at: number) => HTMLElement} make */
export function adder(list, text, make, most) {
  const button = h("button", { class: "plain wide", type: "button" }, text);
  button.addEventListener("click", () => {
    list.append(make(list.children.length));
    list.lastElementChild.querySelector("input:not([type=radio])").focus();
    button.hidden = list.children.length >= most;
  });
  return button;
}

/**
 * A form behind a summary.
 * @param {{title: string, go: string, parts: () => HTMLElement[], read: (form: HTMLFormElement) => object | string, send: (facts: object) => Promise<unknown>}} use
 *   `read` gives what is sent, or a sentence that says what is wrong
 */
export function foldedForm({ title, go, parts, read, send }) {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const submit = h("button", { class: "primary", type: "submit" }, go);
  const form = h("form", { class: "launch", noValidate: true });
  const fold = h("details", { class: "launch-place" }, h("summary", {}, title), form);
  const fill = () => form.replaceChildren(...parts(), submit, problem);
  const tell = (text) => Object.assign(problem, { textContent: text, hidden: text === "" });
  fill();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const facts = read(form);
    tell(typeof facts === "string" ? facts : "");
    if (typeof facts === "string") return;
    submit.disabled = true;
    try {
      await send(facts);
      fold.open = false;
      fill();
    } catch (error) {
      tell(sayError(error));
    }
    submit.disabled = false;
  });
  return fold;
}
