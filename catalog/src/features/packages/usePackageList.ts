import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { SearchableField, FoundItem, PackageSummary } from "@/api/models";
import { queries } from "@/api/queries";
import { searchQueries } from "@/api/search";
import { nameContains } from "@/lib/clauses";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";

const PAGE = 100;
export const BY_NAME = "name";

type FoundPackage = Extract<FoundItem, { kind: "package" }>;
/** From the listing, which alone knows states and pushes, or from the search, which alone knows metadata. */
export type PackageRow = PackageSummary | FoundPackage;

/**
 * The packages of a bucket: as the registry lists them, by name; or in another order and with metadata, as the search
 * knows them. While that cannot answer, the listing does.
 */
export function usePackageList(
  bucket: string,
  { contains, sort, columns }: { contains: string; sort: string; columns: readonly string[] },
) {
  const services = useServices();
  const question = {
    kind: "package",
    bucket: [bucket],
    filter: contains.trim() ? [nameContains(contains.trim())] : [],
  };
  const wanted = sort !== BY_NAME || columns.length > 0;
  const hits = useInfiniteQuery({ ...searchQueries.hits(services, question, sort, PAGE), enabled: wanted });
  const unable = hits.data === undefined ? hits.isError : hits.data.pages[0]?.complete === false;
  const searching = wanted && !unable;
  const listing = useInfiniteQuery({
    ...queries.packages(services, bucket, contains),
    placeholderData: keepPreviousData,
    enabled: !searching,
  });
  const counted = useQuery(searchQueries.facets(services, question, []));
  const fields = useQuery(searchQueries.metadataFields(services, { bucket: [bucket] }));
  const found = itemsOf(hits.data).filter(item => item.kind === "package");
  const query = searching ? hits : listing;
  const rows: readonly PackageRow[] = searching ? found : itemsOf(listing.data);
  return {
    query,
    rows,
    searching,
    /** The search was wanted, and cannot answer. */
    unable: wanted && unable,
    error: hits.error,
    /** Undefined: not known yet. */
    total: totalOf(rows.length, query.data !== undefined && !query.hasNextPage, counted.data),
    fields: fields.data?.items ?? ([] as SearchableField[]),
  };
}

/** The search does not count packages whose latest revision cannot be read; a list that is whole does. */
function totalOf(
  known: number,
  isWhole: boolean,
  counted: { total: number; complete: boolean } | undefined,
): number | undefined {
  if (isWhole) return known;
  return counted?.complete ? Math.max(known, counted.total) : undefined;
}
