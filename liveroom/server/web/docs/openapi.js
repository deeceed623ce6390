/**
 * Reads OpenAPI 3 into entries of the page: one for each method of a path.
 */

import { t } from "../i18n.js";
import { fields, resolve } from "./schema.js";

const METHODS = new Set(["get", "post", "put", "patch", "delete"]);

/** @returns {{id: string, title: string, entries: object[]}[]} */
export function readOpenApi(spec) {
  const entries = Object.entries(spec.paths ?? {}).flatMap(([path, node]) =>
    Object.entries(node)
      .filter(([method]) => METHODS.has(method))
      .map(([method, route]) => readRoute(path, method, route, spec)));
  return [{ id: "http", title: t("docs.http"), entries }];
}

function readRoute(path, method, route, spec) {
  const parts = [parameters(route, spec), body(route, spec), ...answers(route, spec)].filter((part) => part && part.fields.length > 0);
  return {
    id: `http-${method}-${path}`,
    name: path,
    method,
    text: route.description ?? route.summary ?? "",
    chips: Object.keys(route.responses ?? {}).map((status) => ({ text: status, tone: status < "400" ? "good" : undefined })),
    parts,
  };
}

function parameters(route, spec) {
  const found = (route.parameters ?? []).map((node) => resolve(node, spec)).map(({ name, in: place, schema, required, description }) => {
    const [field] = fields({ properties: { [name]: schema ?? {} } }, spec);
    return { ...field, optional: !required, text: [place, description].filter(Boolean).join(" · ") };
  });
  return { title: t("docs.parameters"), fields: found };
}

function body(route, spec) {
  const schema = resolve(route.requestBody ?? {}, spec).content?.["application/json"]?.schema;
  return schema && { title: t("docs.body"), fields: fields(schema, spec) };
}

function answers(route, spec) {
  return Object.entries(route.responses ?? {})
    .filter(([status]) => status < "300")
    .map(([status, node]) => {
      const schema = resolve(node, spec).content?.["application/json"]?.schema;
      return schema && { title: `${t("docs.answers")} ${status}`, fields: fields(schema, spec) };
    });
}
