/**
 * One entry of the page: a name, what it means, its marks and its fields.
 */

import { h } from "../shared/dom.js";
import { t } from "../i18n.js";
import { optionalWord } from "./schema.js";

/** @param {{id, name, method?, from?, text, chips, parts}} entry */
export function renderEntry(entry) {
  const marks = h("div", { class: "chips" }, ...entry.chips.map(({ text, tone }) => h("span", { class: "chip", "data-tone": tone }, text)));
  const head = h("header", {},
    entry.method && h("span", { class: "method", "data-method": entry.method }, entry.method.toUpperCase()),
    entry.from && h("span", { class: "from", "aria-hidden": "true" }, entry.from),
    h("h3", {}, h("a", { href: `#${encodeURIComponent(entry.id)}` }, entry.name)),
    marks);
  const node = h("article", { class: "entry", id: encodeURIComponent(entry.id) }, head, entry.text && h("p", {}, entry.text));
  for (const part of entry.parts) node.append(...renderPart(part));
  node.dataset.find = searchText(entry);
  return node;
}

function renderPart({ title, fields }) {
  const head = title ? [h("p", { class: "part" }, title)] : [];
  if (fields.length === 0) return [...head, h("p", { class: "part" }, t("docs.no_fields"))];
  const row = (field) => h("tr", {}, h("td", {}, field.name), h("td", {}, field.type, field.optional && h("small", {}, optionalWord())), h("td", {}, field.text));
  const table = h("table", {},
    h("thead", {}, h("tr", {}, ...["docs.field", "docs.type", "docs.meaning"].map((key) => h("th", { scope: "col" }, t(key))))),
    h("tbody", {}, ...fields.map(row)));
  return [...head, h("div", { class: "fields-place" }, table)];
}

/** Everything of an entry that a search should find, in lower case. */
function searchText(entry) {
  const words = [entry.name, entry.method, entry.text, ...entry.chips.map((chip) => chip.text)];
  for (const part of entry.parts) for (const field of part.fields) words.push(field.name, field.text);
  return words.filter(Boolean).join(" ").toLowerCase();
}
