/** What fields of the search are called on the page, and how their values are written. */
import type { Facet } from "@/api/models";
import { t } from "@/language/en/features/search";
import { bytes, count, day, decimal } from "@/lib/format";
import { METADATA, pointerLabel } from "@/lib/pointers";

const labels = (): Record<string, string> => ({
  author: t.pushed,
  bucket: t.bucket,
  content: t.content,
  entries: t.numberFiles,
  ext: t.fileExtension,
  key: t.path,
  kind: t.kind,
  message: t.message,
  meta: t.metadata,
  modified: t.modified,
  name: t.name,
  readme: "README",
  size: t.size,
  workflow: t.workflow,
});

export function fieldLabel(field: string): string {
  if (field.startsWith(METADATA)) return pointerLabel(field.slice(METADATA.length));
  return labels()[field] ?? field;
}

const kinds = (): Record<string, string> => ({ package: t.packages, object: t.files });

export function valueLabel(field: string, value: string): string {
  if (field === "kind") return kinds()[value] ?? value;
  return value === "" ? t.emptyValue : value;
}

export const isTime = (type: Facet["type"]) => type === "datetime";

/** Bounds of times are seconds since 1970. */
const dateOf = (bound: number) => new Date(bound * 1000);

const DAY_SECONDS = 86_400;

/** As the address keeps it: numbers as they are, times as days where a day is exact enough. */
export function boundText(type: Facet["type"], bound: number, exact: boolean): string {
  if (!isTime(type)) return String(bound);
  const text = dateOf(bound).toISOString();
  return exact ? text : text.slice(0, 10);
}

export const isShort = (from: number, to: number) => to - from < 2 * DAY_SECONDS;

/** As people read it. */
export function boundLabel(field: string, type: Facet["type"], bound: number): string {
  if (isTime(type)) return day(dateOf(bound));
  if (field === "size") return bytes(bound);
  return field === "entries" ? count(bound) : decimal(bound);
}
