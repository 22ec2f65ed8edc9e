/** Orders of a search, as addresses and the API write them: `-modified`, `meta:/qc/level:number:desc`. */
import { METADATA } from "./pointers";

export interface SearchSort {
  field: string;
  descending: boolean;
}

export function readSort(text: string | null): SearchSort | null {
  if (!text) return null;
  const meta = /^(meta:\/.*?)(?::[a-z]+)?:(asc|desc)$/s.exec(text);
  if (meta) return { field: meta[1] ?? "", descending: meta[2] === "desc" };
  return text.startsWith("-")
    ? { field: text.slice(1), descending: true }
    : { field: text, descending: false };
}

/** `type`: that of the values by which metadata is sorted. */
export function writeSort({ field, descending }: SearchSort, type = "keyword"): string {
  if (field.startsWith(METADATA)) return `${field}:${type}:${descending ? "desc" : "asc"}`;
  return descending ? `-${field}` : field;
}

/** The type that most packages have at a place; undefined where there is none. */
export function mainType(
  fields: readonly { field: string; type: string; packages: number }[],
  field: string,
): string | undefined {
  return fields.filter(each => each.field === field).toSorted((a, b) => b.packages - a.packages)[0]?.type;
}
