/**
 * Reads AsyncAPI 3 as this server writes it into entries of the page.
 * Extensions read: on messages `x-roles`, `x-rate`, `x-ack`, `x-answers`, `x-delivery-class`, `x-vital`;
 * in `info` `x-close-codes`, `x-error-codes`. Of commands and events only what is their own is listed: their `data`.
 */

import { t } from "../i18n.js";
import { fields, resolve } from "./schema.js";

const ALL_ROLES = 6;
const DIRECTIONS = { client: "→", server: "←" };

/** @returns {{id: string, title: string, entries: object[]}[]} */
export function readAsyncApi(spec) {
  const messages = Object.entries(spec.components?.messages ?? {}).map(([key, node]) => readMessage(key, resolve(node, spec), spec));
  const of = (sort) => messages.filter((message) => message.sort === sort);
  return [
    { id: "commands", title: t("docs.commands"), entries: of("command") },
    { id: "events", title: t("docs.events"), entries: of("event") },
    { id: "frames", title: t("docs.frames"), entries: of("frame") },
    { id: "close-codes", title: t("docs.close_codes"), entries: closeCodes(spec.info?.["x-close-codes"] ?? []) },
    { id: "errors", title: t("docs.errors"), entries: errorCodes(spec.info?.["x-error-codes"] ?? []) },
  ];
}

function readMessage(key, node, spec) {
  const sort = sortOf(node);
  const payload = sort === "frame" ? node.payload : dataOf(node.payload, spec);
  const parts = [{ title: null, fields: fields(payload, spec) }];
  if (node["x-ack"]) parts.push({ title: t("docs.ack"), fields: fields(node["x-ack"], spec) });
  const name = node.name ?? key;
  const from = sort === "frame" ? DIRECTIONS[key.split(".")[0]] : undefined;
  return { id: `${sort}-${key}`, name, from, sort, text: node.description ?? node.summary ?? "", chips: chips(node), parts };
}

/** An ack of one command is told with its command, so it is no entry of its own. */
function sortOf(node) {
  if (node["x-answers"]) return "answer";
  if (node["x-roles"]) return "command";
  return node["x-delivery-class"] ? "event" : "frame";
}

function dataOf(payload, spec) {
  const own = resolve(payload ?? {}, spec);
  const isEnvelope = "data" in (own.properties ?? {}) && ("type" in own.properties || "kind" in own.properties);
  if (isEnvelope) return own.properties.data;
  return "type" in (own.properties ?? {}) ? {} : own;
}

function chips(node) {
  const found = [];
  const delivery = node["x-delivery-class"];
  if (delivery) found.push({ text: delivery, tone: delivery });
  if (node["x-vital"]) found.push({ text: t("docs.vital") });
  const roles = node["x-roles"] ?? [];
  if (roles.length >= ALL_ROLES) found.push({ text: t("docs.everyone") });
  else for (const role of roles) found.push({ text: role });
  if (node["x-rate"]) found.push({ text: t("docs.rate_value", node["x-rate"]), tone: "warm" });
  return found;
}

function closeCodes(codes) {
  return codes.map(({ code, name, meaning, reconnect }) => ({
    id: `close-${code}`,
    name: String(code),
    text: [name, meaning].filter(Boolean).join(": "),
    chips: [reconnect ? { text: t("docs.reconnect"), tone: "good" } : { text: t("docs.stop"), tone: "stop" }],
    parts: [],
  }));
}

function errorCodes(codes) {
  return codes.map(({ code, meaning = "", retryable }) => ({
    id: `error-${code}`,
    name: code,
    text: meaning,
    chips: retryable ? [{ text: t("docs.retryable"), tone: "good" }] : [],
    parts: [],
  }));
}
