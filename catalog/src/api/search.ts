/** The search: hits, facets, and the metadata fields that there are. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { paged } from "@/lib/pages";
import type { Api } from "./context";
import { keys } from "./keys";
import type { SearchableFields, SearchResults } from "./models";

const SEARCH = "/api/v1/search";
const PAGE = 30;

/** What is searched for, wherever it is shown. */
export interface SearchQuestion {
  q?: string;
  kind?: string | null;
  bucket?: readonly string[];
  /** Clauses of the query language, all of which must be met. */
  filter?: readonly string[];
  revisions?: "all" | null;
}

export const searchQueries = {
  hits: ({ client }: Api, question: SearchQuestion, sort: string | null, limit = PAGE) =>
    infiniteQueryOptions({
      queryKey: keys.search(question, { sort, limit }),
      queryFn: ({ signal, pageParam }) =>
        client.call<SearchResults>(SEARCH, {
          signal,
          query: { ...question, sort, cursor: pageParam, limit, after: client.position },
        }),
      ...paged,
      placeholderData: keepPreviousData,
    }),

  /** Numbers of what was found, by the values of fields. */
  facets: ({ client }: Api, question: SearchQuestion, fields: readonly string[]) =>
    queryOptions({
      queryKey: keys.search(question, { fields }),
      queryFn: ({ signal }) =>
        client.call<SearchResults>(SEARCH, {
          signal,
          query: { ...question, facets: fields, limit: 1, after: client.position },
        }),
      placeholderData: keepPreviousData,
    }),

  /** The newest that are found, without more. */
  newest: ({ client }: Api, question: SearchQuestion, limit: number) =>
    queryOptions({
      queryKey: keys.search(question, { newest: limit }),
      queryFn: ({ signal }) =>
        client.call<SearchResults>(SEARCH, {
          signal,
          query: { ...question, sort: "-modified", limit, after: client.position },
        }),
    }),

  /** An empty search is everything, the newest first. */
  newestPackages: ({ client }: Api, bucket: string, limit: number) =>
    queryOptions({
      queryKey: keys.packages(bucket, { newest: limit }),
      queryFn: ({ signal }) =>
        client.call<SearchResults>(SEARCH, {
          signal,
          query: { bucket, kind: "package", limit, after: client.position },
        }),
    }),

  metadataFields: ({ client }: Api, question: Pick<SearchQuestion, "q" | "bucket">) =>
    queryOptions({
      queryKey: keys.searchFields(question),
      queryFn: ({ signal }) =>
        client.call<SearchableFields>(`${SEARCH}/fields`, { signal, query: { ...question } }),
      placeholderData: keepPreviousData,
      staleTime: 60_000,
    }),
};
