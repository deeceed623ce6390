/**
 * The readable form of what the server publishes about itself; searchable by any word.
 */

import { startTexts, t } from "../i18n.js";
import { h, must } from "../shared/dom.js";
import { placeIcons } from "../shared/icons.js";
import { readAsyncApi } from "./asyncapi.js";
import { renderEntry } from "./entry.js";
import { readOpenApi } from "./openapi.js";

const EXAMPLE = `→ {"id":1,"type":"connect","token":"eyJ…","lang":"zh","rooms":{"demo":{}}}
← {"type":"connected","id":1,"heartbeat_ms":25000,"rooms":{"demo":{"epoch":"k3v9","seq":57,"snapshot":{…}}}}
→ {"id":2,"type":"comment.send","room":"demo","data":{"text":"有 XL 码吗"},"key":"5a0e…"}
← {"type":"ack","id":2,"seq":58,"data":{"comment_id":"c_…"}}
← {"type":"events","room":"demo","seq":58,"events":[{"kind":"comment.sent","ts":1790000000123,"data":{…}}]}`;

const SOURCES = [
  { path: "/asyncapi.json", read: readAsyncApi },
  { path: "/openapi.json", read: readOpenApi },
];

startTexts();
placeIcons();
must("pre code").textContent = EXAMPLE;

const search = must("input[type=search]");
const specs = await Promise.all(SOURCES.map(load));
render();

document.addEventListener("languagechanged", render);
search.addEventListener("input", filter);
document.addEventListener("keydown", (press) => {
  if (press.key !== "/" || press.target === search) return;
  press.preventDefault();
  search.focus();
});
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();

async function load({ path }) {
  try {
    const answer = await fetch(path, { signal: AbortSignal.timeout(10_000) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function render() {
  const places = SOURCES.flatMap(({ path, read }, index) =>
    specs[index] ? read(specs[index]).map(renderSection) : [h("p", { class: "none" }, t("docs.failed", { path }))]);
  must(".sections").replaceChildren(...places);
  filter();
}

function renderSection({ id, title, entries }) {
  const section = h("section", { id }, h("h2", {}, title), ...entries.map(renderEntry));
  section.hidden = entries.length === 0;
  return section;
}

/** Show the entries that contain every word of the search, and list what is shown. */
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of document.querySelectorAll(".entry")) entry.hidden = !words.every((word) => entry.dataset.find.includes(word));
  const sections = [...document.querySelectorAll(".sections section")];
  for (const section of sections) section.hidden = !section.querySelector(".entry:not([hidden])");
  must(".none[role=status]").hidden = sections.some((section) => !section.hidden);
  must("#start").hidden = words.length > 0;
  must(".contents").replaceChildren(...sections.filter((section) => !section.hidden).flatMap(listing));
}

function listing(section) {
  const links = [...section.querySelectorAll(".entry:not([hidden])")].map((entry) => {
    const method = entry.querySelector(".method")?.textContent;
    const name = entry.querySelector("h3").textContent.replace(/^\/api\/v1(?=\/)/, "");
    return h("a", { href: `#${entry.id}`, title: name }, [method, name].filter(Boolean).join(" "));
  });
  return [h("h2", {}, section.querySelector("h2").textContent), ...links];
}
