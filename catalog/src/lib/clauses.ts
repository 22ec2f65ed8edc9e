/** Writes the query language of the search: what is ticked and entered, as clauses. */
import { METADATA, pointerParts } from "./pointers";

const PLAIN_KEY = /^[\p{L}\p{N}_]+$/u;

export const quoted = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;

/** A field as queries name it: `meta:/qc/level` is `meta.qc.level`. */
export function fieldName(field: string): string {
  if (!field.startsWith(METADATA)) return field;
  const parts = pointerParts(field.slice(METADATA.length));
  return ["meta", ...parts.map(part => (PLAIN_KEY.test(part) ? part : quoted(part)))].join(".");
}

/** A value as a person would type it: with quotation marks only where they are needed. */
export const typedValue = (value: string) => (/^[\p{L}\p{N}_.-]+$/u.test(value) ? value : quoted(value));

/** In quotation marks a value is exactly that: a number and its digits, but no text that merely has the word. */
export function isAnyOf(field: string, values: readonly string[]): string {
  const each = values.map(value => `${fieldName(field)}:${quoted(value)}`);
  return each.join(" OR ");
}

export interface Bounds {
  from: string | null;
  /** Included; of a day, the whole of it. */
  to: string | null;
}

export function isBetween(field: string, { from, to }: Bounds): string[] {
  const name = fieldName(field);
  return [...(from === null ? [] : [`${name}:>=${from}`]), ...(to === null ? [] : [`${name}:<=${to}`])];
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
