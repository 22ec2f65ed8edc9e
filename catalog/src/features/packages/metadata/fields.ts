/** Fields of a form from a JSON Schema (draft 7, as workflows use it), and the values that people type into them. */
import { t } from "@/language/en/features/packages/metadata";
import {
  isJsonObject,
  isJsonScalar,
  type Json,
  JsonError,
  JsonNumber,
  type JsonObject,
  type JsonScalar,
  membersOf,
  parseJson,
  writeJson,
} from "@/lib/json";

/** Deeper objects are written as JSON. */
const MAX_DEPTH = 4;
const MAX_TICKED_OPTIONS = 12;

export type ScalarType = "string" | "number" | "integer" | "boolean";

export type FieldForm =
  | { kind: "text"; input: "text" | "date" | "email" | "url"; isLong: boolean }
  | { kind: "number"; isInteger: boolean }
  | { kind: "yes-no" }
  | { kind: "choice"; options: readonly JsonScalar[] }
  | { kind: "ticks"; options: readonly JsonScalar[] }
  /** Scalars, one on each line. */
  | { kind: "lines"; type: ScalarType }
  | { kind: "group"; fields: readonly SchemaField[]; isOpen: boolean }
  | { kind: "groups"; item: Extract<FieldForm, { kind: "group" }> }
  | { kind: "json" };

export interface SchemaField {
  name: string;
  label: string;
  help: string | null;
  /** What can be typed, for example. */
  example: string;
  isRequired: boolean;
  preset: Json | undefined;
  form: FieldForm;
}

/** The form of an object; null where the schema describes none. */
export function groupOf(schema: Json | undefined): Extract<FieldForm, { kind: "group" }> | null {
  const form = formOf(schema, 0);
  return form.kind === "group" ? form : null;
}

/** A member of the schema if it is an object. */
const objectIn = (schema: JsonObject, name: string): JsonObject | null => {
  const value = schema[name];
  return isJsonObject(value) ? value : null;
};
const textIn = (schema: JsonObject, name: string): string | null =>
  typeof schema[name] === "string" ? schema[name] : null;

function typeOf(schema: JsonObject): string | null {
  const { type } = schema;
  // A value that may be null as well is left out instead.
  const types = (Array.isArray(type) ? type : [type]).filter(each => each !== "null");
  if (types.length === 1 && typeof types[0] === "string") return types[0];
  return type === undefined && objectIn(schema, "properties") ? "object" : null;
}

const isScalarType = (type: string | null): type is ScalarType =>
  type === "string" || type === "number" || type === "integer" || type === "boolean";

function optionsOf(schema: JsonObject): readonly JsonScalar[] | null {
  if (schema.const !== undefined && isJsonScalar(schema.const)) return [schema.const];
  const { enum: values } = schema;
  return Array.isArray(values) && values.length > 0 && values.every(isJsonScalar) ? values : null;
}

function formOf(schema: Json | undefined, depth: number): FieldForm {
  if (!isJsonObject(schema)) return { kind: "json" };
  const options = optionsOf(schema);
  if (options) return { kind: "choice", options };
  switch (typeOf(schema)) {
    case "string":
      return textForm(schema);
    case "number":
      return { kind: "number", isInteger: false };
    case "integer":
      return { kind: "number", isInteger: true };
    case "boolean":
      return { kind: "yes-no" };
    case "array":
      return listForm(schema, depth);
    case "object":
      return depth < MAX_DEPTH ? groupForm(schema, depth) : { kind: "json" };
    default:
      return { kind: "json" };
  }
}

function textForm(schema: JsonObject): FieldForm {
  const input = { date: "date", email: "email", uri: "url" } as const;
  const format = textIn(schema, "format") ?? "";
  return {
    kind: "text",
    input: Object.hasOwn(input, format) ? input[format as keyof typeof input] : "text",
    isLong: textIn(schema, "contentMediaType")?.startsWith("text/") ?? false,
  };
}

function listForm(schema: JsonObject, depth: number): FieldForm {
  const { items } = schema;
  if (!isJsonObject(items)) return { kind: "json" };
  const options = optionsOf(items);
  if (options && options.length <= MAX_TICKED_OPTIONS) return { kind: "ticks", options };
  const type = typeOf(items);
  if (isScalarType(type)) return { kind: "lines", type };
  const item = type === "object" ? formOf(items, depth + 1) : null;
  return item?.kind === "group" ? { kind: "groups", item } : { kind: "json" };
}

function groupForm(schema: JsonObject, depth: number): FieldForm {
  const properties = objectIn(schema, "properties");
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields = properties
    ? membersOf(properties).map(([name, each]) => fieldOf(name, each, required.includes(name), depth + 1))
    : [];
  // What is required stands first, each part in the schema's order.
  return {
    kind: "group",
    fields: fields.toSorted((a, b) => Number(b.isRequired) - Number(a.isRequired)),
    isOpen: schema.additionalProperties !== false,
  };
}

function fieldOf(name: string, schema: Json, isRequired: boolean, depth: number): SchemaField {
  const about: JsonObject = isJsonObject(schema) ? schema : {};
  const example = Array.isArray(about.examples) ? about.examples[0] : undefined;
  return {
    name,
    label: textIn(about, "title") ?? name,
    help: textIn(about, "description"),
    example: example !== undefined && isJsonScalar(example) ? shown(example) : "",
    isRequired,
    preset: about.default,
    form: formOf(schema, depth),
  };
}

/** A scalar as one types it. */
export const shown = (value: Json | undefined): string =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : writeJson(value);

const TRUE = /^(true|yes|y|1)$/i;
const FALSE = /^(false|no|n|0)$/i;

/** The scalar that a text stands for; null where it stands for none of that type. */
export function scalarOf(text: string, type: ScalarType): JsonScalar | null {
  if (type === "string") return text;
  const trimmed = text.trim();
  if (type === "boolean") return TRUE.test(trimmed) ? true : FALSE.test(trimmed) ? false : null;
  const value = jsonOf(trimmed);
  const isNumber = typeof value === "number" || value instanceof JsonNumber;
  if (!isNumber) return null;
  return type === "integer" && !Number.isInteger(Number(String(value))) ? null : value;
}

/** Undefined where the text is not JSON. */
export function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** A text that is not JSON means itself: nobody quotes a name. */
export const looseValue = (text: string): Json => jsonOf(text) ?? text;

/** Whether a form can show a value; else it is edited as JSON. */
export function fits(form: FieldForm, value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  switch (form.kind) {
    case "text":
      return typeof value === "string" && (form.input !== "date" || /^\d{4}-\d\d-\d\d$/.test(value));
    case "number":
      return typeof value === "number" || value instanceof JsonNumber || typeof value === "string";
    case "yes-no":
      return typeof value === "boolean";
    case "choice":
      return isJsonScalar(value);
    case "ticks":
      return Array.isArray(value) && value.every(each => form.options.some(option => isEqual(option, each)));
    case "lines":
      return Array.isArray(value) && value.every(each => isJsonScalar(each) && !shown(each).includes("\n"));
    case "group":
      return isJsonObject(value);
    case "groups":
      return Array.isArray(value) && value.every(isJsonObject);
    case "json":
      return true;
  }
}

export const isEqual = (a: Json, b: Json) => writeJson(a) === writeJson(b);

/** By the JSON pointer of a field below `root`, what is wrong with it. */
export function errorsByField(
  violations: readonly { path: string; message: string }[],
  root: string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { path, message } of violations) {
    if (path !== root && !path.startsWith(`${root}/`)) continue;
    const missing = /^'(.+)' is a required property$/.exec(message)?.[1];
    const place = path.slice(root.length) + (missing === undefined ? "" : pointerTo(missing));
    if (!found.has(place)) found.set(place, missing === undefined ? message : t.required);
  }
  return found;
}

/** One step of a JSON pointer. */
export const pointerTo = (name: string | number) =>
  `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** The schema of the metadata of entries, where it is the same for all of them. */
export function entryMetaSchema(entries: Json | undefined): Json | undefined {
  if (!isJsonObject(entries)) return undefined;
  const items = objectIn(entries, "items");
  const properties = items && objectIn(items, "properties");
  return properties?.meta;
}
