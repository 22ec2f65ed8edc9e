import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import type { Facet, SearchableField } from "@/api/models";
import { searchQueries } from "@/api/search";
import { useServices } from "@/s3/context";
import { METADATA } from "@/lib/pointers";
import { chosenFields, FACETS, questionOf, type SearchAddress } from "./address";

/** Facets of metadata that are there without anybody's choice. */
const MAX_OFFERED_FACETS = 8;

/** Of these, every package has values of its own. */
const OWN = new Set([`${METADATA}/title`, `${METADATA}/name`, `${METADATA}/description`, `${METADATA}/doi`]);

/** What most packages have, but for texts, whose values are hardly ever equal. */
function offered(fields: readonly SearchableField[]): string[] {
  const packages = new Map<string, number>();
  for (const { field, type, packages: count } of fields)
    if (type !== "text" && !OWN.has(field)) packages.set(field, Math.max(packages.get(field) ?? 0, count));
  return [...packages]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, MAX_OFFERED_FACETS)
    .map(([field]) => field);
}

export interface Facets {
  /** Metadata whose values are counted. */
  shown: readonly string[];
  /** All metadata that there is where one searches. */
  fields: readonly SearchableField[];
  /** By field; metadata has one for each type of its values. */
  found: ReadonlyMap<string, readonly Facet[]>;
  isPending: boolean;
  error: unknown;
}

/**
 * What was found, counted by the values of fields. In a field where something is chosen, the other values are counted
 * as if nothing were.
 */
export function useFacets(address: SearchAddress): Facets {
  const services = useServices();
  const fields = useQuery(searchQueries.metadataFields(services, { q: address.q, bucket: address.buckets }));
  const chosen = chosenFields(address);
  const known = fields.data?.items ?? [];
  const wanted = address.facets ?? (fields.isPending ? [] : offered(known));
  const shown = [...new Set([...wanted, ...chosen.filter(field => !isFixed(field))])];
  const all = useQuery({
    ...searchQueries.facets(services, questionOf(address), [...FACETS, ...shown]),
    enabled: !fields.isPending,
  });
  const others = useQueries({
    queries: chosen.map(field => ({
      ...searchQueries.facets(services, questionOf(address, field), [field]),
      placeholderData: keepPreviousData,
    })),
  });
  const found = new Map<string, Facet[]>();
  const take = (facets: readonly Facet[] | undefined, only?: string) => {
    for (const facet of facets ?? [])
      if (only === undefined ? !chosen.includes(facet.field) : facet.field === only)
        found.set(facet.field, [...(found.get(facet.field) ?? []), facet]);
  };
  take(all.data?.facets);
  chosen.forEach((field, index) => take(others[index]?.data?.facets, field));
  return { shown, fields: known, found, isPending: all.isPending, error: all.error };
}

const isFixed = (field: string) => FACETS.some(each => each === field);
