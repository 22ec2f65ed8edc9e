/** Metadata from the rows of a spreadsheet. */
import { t } from "@/language/en/features/packages/metadata";
import { isJsonObject, isJsonScalar, type Json, JsonNumber, type JsonObject, withMember } from "@/lib/json";
import type { Cell } from "@/lib/spreadsheets/cells";
import { type FieldForm, jsonOf, scalarOf, type SchemaField, shown } from "./fields";

type Group = Extract<FieldForm, { kind: "group" }>;

export interface Filling {
  /** Of the package; null where the rows are about files. */
  metadata: JsonObject | null;
  /** By logical key, where the rows are about files. */
  entries: ReadonlyMap<string, JsonObject>;
  /** What was left out, or taken as it is although the schema wants something else; sentences. */
  misfits: readonly string[];
}

const LOGICAL_KEY = /^(logical[ _-]?key|path|file|file[ _-]?name)$/i;
const MAX_MISFITS = 50;

/**
 * A head with one row below it, or names with values beside them, are the package's metadata; rows with a column of
 * logical keys are that of its files. `forEntries`: the schema of the files' metadata; null where they cannot have any here.
 */
export function fillingOf(
  rows: readonly (readonly Cell[])[],
  forPackage: Group | null,
  forEntries: Group | null | undefined,
): Filling {
  const [head = [], ...body] = rows;
  if (rows.length === 0) return empty(t.spreadsheetEmpty);
  const keyColumn = head.findIndex(cell => LOGICAL_KEY.test(shownCell(cell).trim()));
  if (keyColumn >= 0 && head.length > 1) {
    if (forEntries === undefined) return empty(t.rowsAboutFiles);
    return entriesOf(head, body, keyColumn, forEntries);
  }
  const misfits: string[] = [];
  const misfit = (text: string) => misfits.push(text);
  if (isSideways(rows, forPackage)) {
    const named = isNameAndValue(head) ? body : rows;
    const pairs = named.map(([name, ...values]) => [shownCell(name ?? null), joined(values)] as const);
    return { metadata: objectOf(pairs, forPackage, misfit), entries: new Map(), misfits: shortened(misfits) };
  }
  const [first] = body;
  if (!first) return empty(t.spreadsheetNamesBut);
  if (body.length > 1) misfit(t.onlyFirstRows(body.length));
  const pairs = head.map((name, index) => [shownCell(name), first[index] ?? null] as const);
  return { metadata: objectOf(pairs, forPackage, misfit), entries: new Map(), misfits: shortened(misfits) };
}

const empty = (misfit: string): Filling => ({ metadata: null, entries: new Map(), misfits: [misfit] });

const shownCell = (cell: Cell): string => (cell === null ? "" : String(cell));

/** Names stand in the first column: as the schema knows them better there than in the first row; else in two columns of three rows or more. */
function isSideways(rows: readonly (readonly Cell[])[], group: Group | null): boolean {
  const score = (cells: readonly Cell[]) =>
    cells.filter(cell => group?.fields.some(field => fieldNamed(field, rootOf(shownCell(cell))))).length;
  const down = score(rows.map(row => row[0] ?? null));
  const across = score(rows[0] ?? []);
  if (down !== across) return down > across;
  return rows.length > 2 && rows.every(row => row.length <= 2);
}

/** The head of a sheet that has names in its first column. */
const isNameAndValue = (head: readonly Cell[]) =>
  /^(key|name|field)$/i.test(shownCell(head[0] ?? null).trim()) &&
  /^values?$/i.test(shownCell(head[1] ?? null).trim());

const rootOf = (name: string) => name.trim().split(".")[0] ?? "";

/** Several values beside a name are a list. */
function joined(values: readonly Cell[]): Cell | Cell[] {
  const given = values.filter(value => value !== null && value !== "");
  return given.length > 1 ? given : (given[0] ?? null);
}

function entriesOf(
  head: readonly Cell[],
  body: readonly (readonly Cell[])[],
  keyColumn: number,
  group: Group | null,
): Filling {
  const entries = new Map<string, JsonObject>();
  const misfits: string[] = [];
  for (const [index, row] of body.entries()) {
    const key = shownCell(row[keyColumn] ?? null).trim();
    if (key === "") {
      misfits.push(t.rowNamesNo(index + 2));
      continue;
    }
    if (entries.has(key)) misfits.push(t.twiceLastRow(key));
    const pairs = head.flatMap((name, column) =>
      column === keyColumn ? [] : [[shownCell(name), row[column] ?? null] as const],
    );
    entries.set(
      key,
      objectOf(pairs, group, text => misfits.push(`${key}: ${text}`)),
    );
  }
  return { metadata: null, entries, misfits: shortened(misfits) };
}

function shortened(misfits: readonly string[]): readonly string[] {
  if (misfits.length <= MAX_MISFITS) return misfits;
  return [...misfits.slice(0, MAX_MISFITS), t.moreMisfits(misfits.length - MAX_MISFITS)];
}

/** Names with dots lead into objects, unless the schema has the whole name. */
function objectOf(
  pairs: readonly (readonly [name: string, value: Cell | Cell[]])[],
  group: Group | null,
  misfit: (text: string) => void,
): JsonObject {
  let found: JsonObject = {};
  for (const [written, cell] of pairs) {
    const name = written.trim();
    if (cell === null || cell === "") continue;
    if (name === "") {
      misfit(t.noNameLeft(String(cell)));
      continue;
    }
    const path = group?.fields.some(field => fieldNamed(field, name)) ? [name] : name.split(".");
    found = placed(found, path, cell, group, name, misfit);
  }
  return found;
}

function placed(
  object: JsonObject,
  path: readonly string[],
  cell: Cell | Cell[],
  group: Group | null,
  written: string,
  misfit: (text: string) => void,
): JsonObject {
  const [first = "", ...rest] = path;
  const field = group?.fields.find(each => fieldNamed(each, first));
  if (group && !field && !group.isOpen) {
    misfit(t.notSchemaLeft(written));
    return object;
  }
  const name = field?.name ?? first;
  if (rest.length === 0) return withMember(object, name, valueFor(field?.form, cell, written, misfit));
  const inner = object[name];
  const form = field?.form;
  return withMember(
    object,
    name,
    placed(
      isJsonObject(inner) ? inner : {},
      rest,
      cell,
      form?.kind === "group" ? form : null,
      written,
      misfit,
    ),
  );
}

/** People write names and titles in any case. */
const fieldNamed = (field: SchemaField, name: string) => {
  const wanted = name.trim().toLowerCase();
  return field.name.toLowerCase() === wanted || field.label.toLowerCase() === wanted;
};

function valueFor(
  form: FieldForm | undefined,
  cell: Cell | Cell[],
  name: string,
  misfit: (text: string) => void,
): Json {
  if (Array.isArray(cell) && form?.kind !== "lines" && form?.kind !== "ticks")
    return cell.map(each => valueFor(form, each, name, misfit));
  const text = Array.isArray(cell) ? "" : shownCell(cell);
  const asItIs = (wanted: string) => {
    misfit(t.notTaken(name, text, wanted));
    return plain(Array.isArray(cell) ? null : cell);
  };
  switch (form?.kind) {
    case "text":
      return text;
    case "number":
      return (
        scalarOf(text, form.isInteger ? "integer" : "number") ??
        asItIs(form.isInteger ? t.wholeNumber : t.number)
      );
    case "yes-no":
      return scalarOf(text, "boolean") ?? asItIs(t.yesNo);
    case "choice": {
      const wanted = text.trim().toLowerCase();
      const option = form.options.find(each => shown(each).toLowerCase() === wanted);
      return option === undefined ? asItIs(t.oneShown(form.options.map(shown).join(", "))) : option;
    }
    case "lines":
    case "ticks": {
      const parts = Array.isArray(cell) ? cell.map(shownCell) : partsOf(text);
      return parts.map(part => {
        if (form.kind === "ticks")
          return form.options.find(each => shown(each).toLowerCase() === part.toLowerCase()) ?? part;
        return scalarOf(part, form.type) ?? part;
      });
    }
    case "group":
    case "groups":
    case "json": {
      const value = jsonOf(text);
      return value === undefined || isJsonScalar(value) ? plain(Array.isArray(cell) ? null : cell) : value;
    }
    case undefined:
      return plain(Array.isArray(cell) ? null : cell);
  }
}

/** A JSON array, or parts between semicolons or commas. */
function partsOf(text: string): string[] {
  const value = jsonOf(text);
  if (Array.isArray(value)) return value.map(shown);
  return text
    .split(text.includes(";") ? ";" : ",")
    .map(part => part.trim())
    .filter(part => part !== "");
}

/** What a cell says by itself. A text is a number only if it says nothing else: not 007, which may be a name. */
function plain(cell: Cell): Json {
  if (typeof cell !== "string") return cell;
  const value = jsonOf(cell.trim());
  return typeof value === "number" || value instanceof JsonNumber || typeof value === "boolean"
    ? value
    : cell;
}
