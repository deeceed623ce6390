/**
 * Which language the pages speak, and the lookup of their texts.
 * Promise: only the chosen language is loaded; a text that it lacks is an error at once, not an empty label.
 */

const SOURCES = { zh: () => import("./texts_zh.js"), en: () => import("./texts_en.js") };
const STORAGE_KEY = "liveroom.lang";

let current = chosen();
let { texts } = await SOURCES[current]();

function chosen() {
  const kept = localStorage.getItem(STORAGE_KEY);
  if (kept in SOURCES) return kept;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith("zh")) ? "zh" : "en";
}

/** @returns {"zh" | "en"} */
export const language = () => current;

/** The language as the browser's own formats, and the page's `lang`, name it. */
export const locale = () => (current === "zh" ? "zh-CN" : "en");

/** The language a switch leads to. */
const otherLanguage = () => (current === "zh" ? "en" : "zh");

/** Text `key` in the current language; `{name}` places are filled from `facts`. A `count` of 1 takes `key_one` where there is one. */
export function t(key, facts = {}) {
  const text = (String(facts.count) === "1" && texts[`${key}_one`]) || texts[key];
  if (text === undefined) throw new Error(`no text for ${key} in ${current}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(facts[name] ?? ""));
}

/** Like `t`, but `undefined` for keys that only the server knows (codes, kinds). */
export function tOptional(key, facts = {}) {
  return key in texts ? t(key, facts) : undefined;
}

/** Fill `[data-text]`, `[data-label]` and `[data-placeholder]` below `root`. */
function applyTexts(root = document) {
  document.documentElement.lang = locale();
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
    node.title = t(node.dataset.label);
  }
  for (const node of root.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
}

/** Change the language, refill the page and tell it by a `languagechanged` event on `document`. */
async function setLanguage(lang) {
  if (!(lang in SOURCES)) throw new Error(`no texts in ${lang}`);
  ({ texts } = await SOURCES[lang]());
  current = lang;
  localStorage.setItem(STORAGE_KEY, lang);
  applyTexts();
  document.dispatchEvent(new Event("languagechanged"));
}

/** Wire every `[data-switch-language]` button of the page and fill the texts. */
export function startTexts() {
  for (const button of document.querySelectorAll("[data-switch-language]")) {
    button.addEventListener("click", () => setLanguage(otherLanguage()));
  }
  applyTexts();
}
