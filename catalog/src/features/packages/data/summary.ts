/** `quilt_summarize.json`: the files that authors want to be seen first, in rows and columns, as Quilt documents it. */
import { t } from "@/language/en/features/packages/data";
import { isJsonObject, type Json, JsonError, JsonNumber, type JsonObject, parseJson } from "@/lib/json";
import { resolve } from "@/lib/paths";
import type { Form } from "@/preview/forms";
import type { Condition, Operator } from "@/preview/table/question";

export const SUMMARY_NAME = "quilt_summarize.json";
export const MAX_SUMMARY_BYTES = 256 * 1024;
export const MAX_SUMMARY_FILES = 200;
const MAX_COLUMNS = 12;
const MAX_PIXELS = 4_000;

export type Reference = { kind: "path"; path: string } | { kind: "object"; uri: string };

export interface SummaryFile {
  reference: Reference;
  title: string | null;
  /** Markdown. */
  description: string | null;
  /** Shown whole at once. */
  isExpanded: boolean;
  /** Its share of the row, or its width in CSS. */
  width: number | string;
  height: string | null;
  /** How the file is looked at first: parameters of its view. */
  view: Record<string, string>;
}

export interface SummaryProblem {
  /** The place in the document: `row 2, column 1, width`. */
  where: string;
  message: string;
}

export interface Summary {
  rows: SummaryFile[][];
  problems: SummaryProblem[];
}

type Report = (where: string, message: string) => void;

/** `at`: the path of the document, from which others are named. What is wrong is left out, and said. */
export function parseSummary(text: string, at: string): Summary {
  const problems: SummaryProblem[] = [];
  const report: Report = (where, message) => problems.push({ where, message });
  let document: Json;
  try {
    document = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    report(placeOf(text, error.position), t.notJson(error.message));
    return { rows: [], problems };
  }
  if (!Array.isArray(document)) {
    report(t.wholeDocument, t.mustArrayFiles);
    return { rows: [], problems };
  }
  const rows: SummaryFile[][] = [];
  let files = 0;
  for (const [index, item] of document.entries()) {
    const row = t.rowIndex(index + 1);
    const cells = Array.isArray(item) ? item : [item];
    if (cells.length > MAX_COLUMNS) report(row, t.onlyFirstColumns(MAX_COLUMNS));
    const shown = cells
      .slice(0, MAX_COLUMNS)
      .map((cell, column) =>
        fileOf(cell, Array.isArray(item) ? t.columnRowColumn(row, column + 1) : row, at, report),
      )
      .filter(each => each !== null);
    files += shown.length;
    if (files > MAX_SUMMARY_FILES) {
      report(row, t.onlyFirstFiles(MAX_SUMMARY_FILES));
      break;
    }
    if (shown.length > 0) rows.push(shown);
  }
  return { rows, problems };
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position).split("\n");
  return t.lineColumn(before.length, (before.at(-1)?.length ?? 0) + 1);
}

const KNOWN = new Set(["path", "title", "description", "expand", "expanded", "width", "types"]);

function fileOf(cell: Json, where: string, at: string, report: Report): SummaryFile | null {
  const options: JsonObject = typeof cell === "string" ? { path: cell } : isJsonObject(cell) ? cell : {};
  if (typeof options.path !== "string" || options.path === "") {
    report(where, t.filePathObject);
    return null;
  }
  const reference = referenceOf(options.path, at);
  if (reference === null) {
    report(where, t.noFileCan(options.path, SUMMARY_NAME));
    return null;
  }
  for (const name of Object.keys(options)) if (!KNOWN.has(name)) report(`${where}, ${name}`, t.noSuchOption);
  const type = typeOf(options.types, where, report);
  return {
    reference,
    title: textOf(options, "title", where, report),
    description: textOf(options, "description", where, report),
    isExpanded: flagOf(options, where, report),
    width: widthOf(options.width, where, report),
    height: type.height,
    view: type.view,
  };
}

function referenceOf(path: string, at: string): Reference | null {
  if (/^s3:\/\//i.test(path)) return { kind: "object", uri: path };
  if (/^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(path)) return null;
  // A path is written as it is: `%` and `?` are letters of it.
  const found = resolve(at, path.replace(/[%?#]/g, encodeURIComponent));
  return found ? { kind: "path", path: found.replace(/\/$/, "") } : null;
}

function textOf(options: JsonObject, name: string, where: string, report: Report): string | null {
  const value = options[name] ?? null;
  if (value === null || typeof value === "string") return value;
  report(`${where}, ${name}`, t.mustText);
  return null;
}

function flagOf({ expand, expanded }: JsonObject, where: string, report: Report): boolean {
  const value = expand ?? expanded ?? false;
  if (typeof value === "boolean") return value;
  report(t.expandWhere(where), t.mustTrueFalse);
  return false;
}

const LENGTH = /^(\d+(?:\.\d+)?)(px|em|rem|vh|vw|%)?$/;

/** A length of CSS within bounds; null for anything else. */
function lengthOf(value: Json): string | null {
  const [, number = "", unit = "px"] = LENGTH.exec(typeof value === "string" ? value.trim() : "") ?? [];
  return number === "" ? null : `min(${number}${unit}, ${MAX_PIXELS}px)`;
}

function widthOf(value: Json | undefined, where: string, report: Report): number | string {
  if (value === undefined || value === null) return 1;
  const share = value instanceof JsonNumber ? Number(value.text) : value;
  if (typeof share === "number" && share > 0 && share <= 100) return share;
  const length = lengthOf(value);
  if (length === null) report(t.widthWhere(where), t.mustRatioSuch);
  return length ?? 1;
}

const FORMS: Readonly<Record<string, Form>> = {
  echarts: "echarts",
  geojson: "map",
  html: "report",
  igv: "igv",
  json: "json",
  jupyter: "notebook",
  map: "map",
  markdown: "markdown",
  ngl: "molecule",
  notebook: "notebook",
  perspective: "table",
  table: "table",
  text: "text",
  vega: "vega",
  voila: "notebook",
};

interface Type {
  height: string | null;
  view: Record<string, string>;
}

/** Of several types the first one counts, as in Quilt. */
function typeOf(types: Json | undefined, where: string, report: Report): Type {
  const none: Type = { height: null, view: {} };
  if (types === undefined || types === null) return none;
  const place = t.typesWhere(where);
  const [first = null] = Array.isArray(types) ? types : [];
  const type: JsonObject | null =
    typeof first === "string"
      ? { name: first }
      : isJsonObject(first ?? undefined)
        ? (first as JsonObject)
        : null;
  if (type === null || typeof type.name !== "string") {
    report(place, t.mustListSuch);
    return none;
  }
  const form = FORMS[type.name];
  if (form === undefined) report(place, t.noTypeFile(type.name));
  if (type.name === "voila") report(place, t.notebooksNotRun);
  return {
    height: heightOf(type.style, place, report),
    view: { ...(form ? { as: form } : {}), ...(form === "table" ? tableView(type, place, report) : {}) },
  };
}

function heightOf(style: Json | undefined, where: string, report: Report): string | null {
  if (style === undefined || style === null) return null;
  const height = isJsonObject(style) ? lengthOf(style.height ?? null) : null;
  if (height === null) report(where, t.styleMustHeight);
  return height;
}

/** What is saved of a grid of Perspective, as far as the catalog's table has it: columns, order and conditions. */
function tableView(type: JsonObject, where: string, report: Report): Record<string, string> {
  const saved = type.config ?? type.restore ?? null;
  if (saved === null) return {};
  if (!isJsonObject(saved)) {
    report(where, t.configMustObject);
    return {};
  }
  const view: Record<string, string> = {};
  const columns = listOf(saved.columns).filter(each => typeof each === "string");
  if (columns.length > 0) view.columns = JSON.stringify(columns);
  const [sort] = listOf(saved.sort);
  if (Array.isArray(sort) && typeof sort[0] === "string")
    view.sort = `${typeof sort[1] === "string" && sort[1].includes("desc") ? "-" : ""}${sort[0]}`;
  const conditions = listOf(saved.filter ?? saved.filters).map(conditionOf);
  if (conditions.includes(null)) report(where, t.oneFiltersNot);
  const known = conditions.filter(each => each !== null);
  if (known.length > 0) view.where = JSON.stringify(known);
  for (const [name, what] of [
    ["group_by", t.groups],
    ["split_by", t.splitColumns],
    ["expressions", t.expressions],
  ] as const)
    if (listOf(saved[name]).length > 0) report(where, t.perspectiveNotShown(what));
  if (typeof saved.plugin === "string" && !/^datagrid$/i.test(saved.plugin))
    report(where, t.plotPerspectiveNot(saved.plugin));
  return view;
}

const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

const OPERATORS: Readonly<Record<string, Operator>> = {
  "==": "=",
  "!=": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  contains: "contains",
};

function conditionOf(filter: Json): Condition | null {
  if (!Array.isArray(filter)) return null;
  const [column, operator, value = null] = filter;
  if (typeof column !== "string" || typeof operator !== "string") return null;
  if (operator === "is null") return [column, "null", true];
  if (operator === "is not null") return [column, "null", false];
  const known = OPERATORS[operator];
  return known ? [column, known, value] : null;
}
