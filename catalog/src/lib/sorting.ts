/** Orders of a search, as addresses and the API write them: `-modified`, `meta:/qc/level:number:desc`. */
import { t } from "@/language/en/lib/block";
import { METADATA, pointerLabel } from "./pointers";

export interface SearchSort {
  field: string;
  descending: boolean;
}

/** A metadata field as the search offers it, once for each type of its values. */
interface Field {
  field: string;
  type: string;
  packages: number;
}

export function readSort(text: string | null): SearchSort | null {
  if (!text) return null;
  const meta = /^(meta:\/.*?)(?::[a-z]+)?:(asc|desc)$/s.exec(text);
  if (meta) return { field: meta[1] ?? "", descending: meta[2] === "desc" };
  return text.startsWith("-")
    ? { field: text.slice(1), descending: true }
    : { field: text, descending: false };
}

/** Of types that are equally frequent: a date is a keyword as well. */
const PREFERENCE = ["number", "datetime", "boolean", "keyword"];

/** Metadata is sorted by the type that most packages have there. */
export function writeSort({ field, descending }: SearchSort, fields: readonly Field[]): string {
  if (!field.startsWith(METADATA)) return descending ? `-${field}` : field;
  const type = fields
    .filter(each => each.field === field && each.type !== "text")
    .toSorted(
      (a, b) => b.packages - a.packages || PREFERENCE.indexOf(a.type) - PREFERENCE.indexOf(b.type),
    )[0]?.type;
  return `${field}:${type ?? "keyword"}:${descending ? "desc" : "asc"}`;
}

/** Orders by metadata, both ways, with their names. */
export function metadataOrders(columns: readonly string[], fields: readonly Field[]): [string, string][] {
  return columns.flatMap(field =>
    [false, true].map((descending): [string, string] => [
      writeSort({ field, descending }, fields),
      (descending ? t.fallingField : t.risingField)(pointerLabel(field.slice(METADATA.length))),
    ]),
  );
}
