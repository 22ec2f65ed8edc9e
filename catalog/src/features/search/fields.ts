/** What fields of the search are called on the page, and how their values are written. */
import type { Facet } from "@/api/models";
import { bytes, count, day, decimal } from "@/lib/format";
import { METADATA, pointerLabel } from "@/lib/pointers";

const LABELS: Record<string, string> = {
  author: "Pushed by",
  bucket: "Bucket",
  content: "Content",
  entries: "Number of files",
  ext: "File extension",
  key: "Path",
  kind: "Kind",
  message: "Message",
  meta: "Metadata",
  modified: "Modified",
  name: "Name",
  readme: "README",
  size: "Size",
  workflow: "Workflow",
};

export function fieldLabel(field: string): string {
  if (field.startsWith(METADATA)) return pointerLabel(field.slice(METADATA.length));
  return LABELS[field] ?? field;
}

const KINDS: Record<string, string> = { package: "Packages", object: "Files" };

export function valueLabel(field: string, value: string): string {
  if (field === "kind") return KINDS[value] ?? value;
  return value === "" ? "(empty)" : value;
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
