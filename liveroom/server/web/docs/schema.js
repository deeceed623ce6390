/**
 * JSON Schema in words: the fields of an object, each with its type, limits and meaning.
 */

import { t } from "../i18n.js";

const DEPTH = 4;

/** Follow `$ref`s inside one document. */
export function resolve(node, root) {
  let found = node;
  for (let hops = 0; found?.$ref && hops < 8; hops += 1) {
    const parts = found.$ref.replace(/^#\//, "").split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    found = parts.reduce((at, part) => at?.[part], root);
  }
  return found ?? {};
}

/** @returns {{name: string, type: string, optional: boolean, text: string}[]} nested fields as `room.title` */
export function fields(schema, root, prefix = "", depth = 0) {
  const object = objectOf(schema, root);
  const required = new Set(object.required ?? []);
  return Object.entries(object.properties ?? {}).flatMap(([name, node]) => {
    const own = resolve(node, root);
    const line = { name: prefix + name, type: typeOf(node, root), optional: !required.has(name), text: node.description ?? own.description ?? withoutNull(own, root).description ?? "" };
    const inner = depth < DEPTH ? innerObject(node, root) : null;
    return inner ? [line, ...fields(inner.schema, root, `${prefix}${name}${inner.mark}.`, depth + 1)] : [line];
  });
}

function objectOf(schema, root) {
  const own = resolve(schema, root);
  if (own.allOf) return mergeAll(own.allOf.map((part) => objectOf(part, root)), own);
  return own;
}

function mergeAll(parts, own) {
  const all = [...parts, own];
  return { properties: Object.assign({}, ...all.map((part) => part.properties)), required: all.flatMap((part) => part.required ?? []) };
}

function innerObject(node, root) {
  const own = withoutNull(resolve(node, root), root);
  if (own.properties) return { schema: own, mark: "" };
  const items = own.items && resolve(own.items, root);
  return items?.properties ? { schema: items, mark: "[]" } : null;
}

/** `X | null` is shown as X: absent is what clients see. */
function withoutNull(own, root) {
  const choices = (own.anyOf ?? []).map((choice) => resolve(choice, root)).filter((choice) => choice.type !== "null");
  return choices.length === 1 ? choices[0] : own;
}

function typeOf(node, root) {
  const own = withoutNull(resolve(node, root), root);
  if (own.const !== undefined) return JSON.stringify(own.const);
  if (own.enum) return own.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = own.anyOf ?? own.oneOf;
  if (choices) return [...new Set(choices.map((choice) => typeOf(choice, root)))].join(" | ");
  if (own.type === "array") return `${typeOf(own.items ?? {}, root)}[]`;
  if (own.additionalProperties?.$ref || own.additionalProperties?.anyOf) return `{name: ${typeOf(own.additionalProperties, root)}}`;
  return `${own.type ?? (own.properties ? "object" : "any")}${limits(own)}`;
}

function limits(own) {
  const low = own.minimum ?? own.minLength ?? own.exclusiveMinimum;
  const high = own.maximum ?? own.maxLength ?? own.exclusiveMaximum;
  const safe = (value) => (value === Number.MAX_SAFE_INTEGER ? "2^53−1" : value);
  if (low === undefined && high === undefined) return "";
  return ` ${safe(low ?? 0)} … ${high === undefined ? "∞" : safe(high)}`;
}

/** Words for an absent field. */
export const optionalWord = () => t("docs.optional");
