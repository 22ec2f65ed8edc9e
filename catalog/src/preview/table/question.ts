/** Which rows and columns of a table are asked for, as the address has it. */
import type { Query } from "@/api/client";
import { t } from "@/language/en/preview/table";
import { writeJson } from "@/lib/json";
import type { Cell, Column } from "../answers";

export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "null";
export type Condition = readonly [column: string, operator: Operator, value: Cell];

export interface Sort {
  column: string;
  descending: boolean;
}

export interface Question {
  table: string | null;
  /** Null: all. */
  columns: readonly string[] | null;
  sort: Sort | null;
  /** All must hold. */
  where: readonly Condition[];
}

export function questionFrom(params: URLSearchParams): Question {
  const sort = params.get("sort");
  return {
    table: params.get("table"),
    columns: params.get("columns") === null ? null : listFrom<string>(params.get("columns")),
    sort: sort ? { column: sort.replace(/^-/, ""), descending: sort.startsWith("-") } : null,
    where: listFrom<Condition>(params.get("where")),
  };
}

function listFrom<Item>(text: string | null): Item[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? (found as Item[]) : [];
  } catch {
    return [];
  }
}

export const sortParameter = (sort: Sort | null) => sort && `${sort.descending ? "-" : ""}${sort.column}`;
export const listParameter = (items: readonly unknown[]) => (items.length ? JSON.stringify(items) : null);

/** As the readers are asked: lists as JSON, since names may hold commas. */
export function rowsQuery({ table, columns, sort, where }: Question): Query {
  return {
    table,
    columns: columns && listParameter(columns),
    sort: sort && listParameter([sortParameter(sort)]),
    where: listParameter(where),
  };
}

export const isPlain = ({ columns, sort, where }: Question) => !columns && !sort && where.length === 0;

/** Ascending, descending, as stored. */
export function nextSort(sort: Sort | null, column: string): Sort | null {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}

const NUMBERS = new Set(["integer", "number", "decimal"]);
export const isNumeric = ({ type }: Pick<Column, "type">) => NUMBERS.has(type);

/** What was typed as a value of the column; long numbers stay as they are written. */
export function typedValue(text: string, column: Pick<Column, "type">): Cell {
  const trimmed = text.trim();
  if (column.type === "boolean" && /^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === "true";
  if (isNumeric(column)) {
    const value = Number(trimmed);
    if (trimmed !== "" && Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)))
      return value;
    return trimmed;
  }
  return text;
}

const signs = (): Record<Operator, string> => ({
  "=": "=",
  "!=": "≠",
  "<": "<",
  "<=": "≤",
  ">": ">",
  ">=": "≥",
  contains: "contains",
  null: t.missing3,
});

export function conditionText([column, operator, value]: Condition): string {
  if (operator === "null") return `${column} ${value === false ? t.notMissing : t.missing3}`;
  return `${column} ${signs()[operator]} ${cellText(value) ?? ""}`;
}

export const operators = (): readonly (readonly [Operator | "not null", string])[] => [
  ["=", t.is],
  ["!=", t.not],
  ["contains", "contains"],
  [">=", t.least],
  [">", t.moreThan],
  ["<=", t.most],
  ["<", t.lessThan],
  ["null", t.missing3],
  ["not null", t.notMissing],
];

/** Null for a missing value. */
export function cellText(value: Cell | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  return typeof value === "object" ? writeJson(value) : String(value);
}

/** Rows with this value; null where values cannot be compared. */
export function sameValue(column: string, value: Cell | undefined): Condition | null {
  if (value === null || value === undefined) return [column, "null", true];
  return typeof value === "object" ? null : [column, "=", value];
}

/** The rows of a bar of the histogram. */
export function within(column: string, from: Cell, to: Cell, isLast: boolean): Condition[] {
  return [
    [column, ">=", from],
    [column, isLast ? "<=" : "<", to],
  ];
}

/** Conditions that say the same are kept once. */
export function added(where: readonly Condition[], more: readonly Condition[]): Condition[] {
  const texts = new Set(where.map(each => JSON.stringify(each)));
  return [...where, ...more.filter(each => !texts.has(JSON.stringify(each)))];
}
