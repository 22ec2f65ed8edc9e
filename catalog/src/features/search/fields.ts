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

type Bound = number | string;

export const isTime = (type: Facet["type"]) => type === "datetime";

/** Bounds of times are seconds since 1970, or ISO 8601. */
const dateOf = (bound: Bound) => new Date(typeof bound === "number" ? bound * 1000 : bound);

const DAY_MILLISECONDS = 86_400_000;

/** As the address keeps it: numbers as they are, times as days where a day is exact enough. */
export function boundText(type: Facet["type"], bound: Bound, exact: boolean): string {
  if (!isTime(type)) return String(bound);
  const text = dateOf(bound).toISOString();
  return exact ? text : text.slice(0, 10);
}

export const isShort = (from: Bound, to: Bound) =>
  dateOf(to).getTime() - dateOf(from).getTime() < 2 * DAY_MILLISECONDS;

/** As people read it. */
export function boundLabel(field: string, type: Facet["type"], bound: Bound): string {
  if (isTime(type)) {
    const date = dateOf(bound);
    return Number.isNaN(date.getTime()) ? String(bound) : day(date);
  }
  if (field === "size") return bytes(Number(bound));
  return field === "entries" ? count(Number(bound)) : decimal(Number(bound));
}
