/** Writes the query language of the search: what is ticked and entered, as clauses. */
import { METADATA, pointerParts } from "./pointers";

const PLAIN_KEY = /^[\p{L}\p{N}_]+$/u;
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

export const quoted = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;

/** A field as queries name it: `meta:/qc/level` is `meta.qc.level`. */
export function fieldName(field: string): string {
  if (!field.startsWith(METADATA)) return field;
  const parts = pointerParts(field.slice(METADATA.length));
  return ["meta", ...parts.map(part => (PLAIN_KEY.test(part) ? part : quoted(part)))].join(".");
}

/** Numbers and truth values stay bare: the search compares them by their type. */
export const valueOf = (value: string) =>
  NUMBER.test(value) || value === "true" || value === "false" ? value : quoted(value);

export function isAnyOf(field: string, values: readonly string[]): string {
  const each = values.map(value => `${fieldName(field)}:${valueOf(value)}`);
  return each.join(" OR ");
}

export interface Bounds {
  from: string | null;
  /** Included; of a day, the whole of it. */
  to: string | null;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

function dayAfter(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}

export function isBetween(field: string, { from, to }: Bounds): string[] {
  const name = fieldName(field);
  return [
    ...(from === null ? [] : [`${name}:>=${from}`]),
    ...(to === null ? [] : [DAY.test(to) ? `${name}:<${dayAfter(to)}` : `${name}:<=${to}`]),
  ];
}

/** Names with this text in them, in any case. */
export const nameContains = (text: string) => `name:*${text.replace(/[\\"()*?:\s~^]/g, "\\$&")}*`;

/** The query with another word in the place of one of its words. */
export function withWord(query: string, word: string, other: string): string {
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\p{N}])`,
    "giu",
  );
  return query.replace(pattern, () => other);
}
