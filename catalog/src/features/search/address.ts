/** What the search page shows, as its address keeps it: every choice can be shared, and taken back. */
import type { SearchQuestion } from "@/api/search";
import { type Bounds, isAnyOf, isBetween } from "@/lib/clauses";
import { METADATA } from "@/lib/pointers";

/** Fields whose values are counted on every search. */
export const FACETS = ["kind", "bucket", "ext", "workflow", "author", "size", "entries", "modified"] as const;

export type View = "list" | "table";

export interface SearchAddress {
  q: string;
  kind: string | null;
  buckets: readonly string[];
  /** Also pushes before the latest. */
  revisions: "all" | null;
  /** Ticked values, by field. */
  values: Readonly<Record<string, readonly string[]>>;
  /** Bounds of numbers and times, by field. */
  bounds: Readonly<Record<string, Bounds>>;
  /** Further clauses, as they are. */
  filters: readonly string[];
  sort: string | null;
  /** Metadata whose values are counted; null: what most packages have. */
  facets: readonly string[] | null;
  /** Metadata that is shown of each hit. */
  columns: readonly string[];
  view: View;
}

const [FROM, TO] = ["from:", "to:"];
/** The address names no facet: what it says in place of an empty list. */
const NO_FACETS = "none";

const isField = (name: string) =>
  name.startsWith(`${METADATA}/`) ||
  (FACETS.some(field => field === name) && name !== "kind" && name !== "bucket");

export function readAddress(params: URLSearchParams): SearchAddress {
  const values: Record<string, string[]> = {};
  const bounds: Record<string, Bounds> = {};
  for (const [name, value] of params) {
    const from = name.startsWith(FROM) ? name.slice(FROM.length) : null;
    const to = name.startsWith(TO) ? name.slice(TO.length) : null;
    const field = from ?? to ?? name;
    if (!isField(field) || value === "") continue;
    const known = Object.hasOwn(bounds, field) ? bounds[field] : undefined;
    if (from !== null) bounds[field] = { from: value, to: known?.to ?? null };
    else if (to !== null) bounds[field] = { from: known?.from ?? null, to: value };
    else values[field] = [...(values[field] ?? []), value];
  }
  const facets = params.getAll("facet");
  const kind = params.get("kind");
  return {
    q: params.get("q") ?? "",
    kind: kind === "package" || kind === "object" ? kind : null,
    buckets: (params.get("buckets") ?? "").split(",").filter(Boolean),
    revisions: params.get("revisions") === "all" ? "all" : null,
    values,
    bounds,
    filters: params.getAll("filter").filter(Boolean),
    sort: params.get("sort"),
    facets: facets.length > 0 ? facets.filter(facet => facet !== NO_FACETS) : null,
    columns: params.getAll("column").filter(column => column.startsWith(`${METADATA}/`)),
    view: params.get("view") === "table" ? "table" : "list",
  };
}

export function writeAddress(address: SearchAddress): URLSearchParams {
  const params = new URLSearchParams();
  const set = (name: string, value: string | null) => {
    if (value) params.append(name, value);
  };
  set("q", address.q);
  set("kind", address.kind);
  set("buckets", address.buckets.join(","));
  set("revisions", address.revisions);
  for (const [field, values] of Object.entries(address.values)) for (const value of values) set(field, value);
  for (const [field, { from, to }] of Object.entries(address.bounds)) {
    set(FROM + field, from);
    set(TO + field, to);
  }
  for (const filter of address.filters) set("filter", filter);
  set("sort", address.sort);
  for (const facet of address.facets ?? []) set("facet", facet);
  if (address.facets?.length === 0) set("facet", NO_FACETS);
  for (const column of address.columns) set("column", column);
  set("view", address.view === "table" ? "table" : null);
  return params;
}

export const searchPath = (address: SearchAddress) => `/search?${writeAddress(address).toString()}`;

const without = <Choice>(choices: Readonly<Record<string, Choice>>, field: string | undefined) =>
  Object.fromEntries(Object.entries(choices).filter(([name]) => name !== field));

/** How all choices are asked for; `apart`: a field that is left out, to count what else could be ticked. */
export function questionOf(address: SearchAddress, apart?: string): SearchQuestion {
  return {
    q: address.q,
    kind: apart === "kind" ? null : address.kind,
    bucket: apart === "bucket" ? [] : address.buckets,
    filter: [
      ...Object.entries(without(address.values, apart)).map(([field, values]) => isAnyOf(field, values)),
      ...Object.entries(without(address.bounds, apart)).flatMap(([field, bounds]) =>
        isBetween(field, bounds),
      ),
      ...address.filters,
    ],
    revisions: address.revisions,
  };
}

/** The fields in which something was chosen. */
export function chosenFields(address: SearchAddress): string[] {
  return [
    ...new Set([
      ...(address.kind ? ["kind"] : []),
      ...(address.buckets.length > 0 ? ["bucket"] : []),
      ...Object.keys(address.values),
      ...Object.keys(address.bounds),
    ]),
  ];
}

export function valuesIn(address: SearchAddress, field: string): readonly string[] {
  if (field === "kind") return address.kind ? [address.kind] : [];
  return field === "bucket" ? address.buckets : (address.values[field] ?? []);
}

export function withValues(address: SearchAddress, field: string, values: readonly string[]): SearchAddress {
  if (field === "kind") return { ...address, kind: values.at(-1) ?? null };
  if (field === "bucket") return { ...address, buckets: values };
  const rest = without(address.values, field);
  return { ...address, values: values.length > 0 ? { ...rest, [field]: values } : rest };
}

export function withBounds(address: SearchAddress, field: string, bounds: Bounds): SearchAddress {
  const rest = without(address.bounds, field);
  const isOpen = bounds.from === null && bounds.to === null;
  return { ...address, bounds: isOpen ? rest : { ...rest, [field]: bounds } };
}

/** The same search and look, with nothing ticked. */
export const withoutChoices = (address: SearchAddress): SearchAddress => ({
  ...address,
  kind: null,
  buckets: [],
  revisions: null,
  values: {},
  bounds: {},
  filters: [],
});
