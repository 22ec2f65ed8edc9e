/** Comparing revisions, and what is needed to push new ones. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { writeJson } from "@/lib/json";
import { paged } from "@/lib/pages";
import type { Api } from "./context";
import { keys } from "./keys";
import type { Diff, DiffKind, PushToCheck, PushVerdict, ResolvedUri, Workflows } from "./models";
import { bucketUrl, FOREVER, isFixed, revisionUrl } from "./queries";

/** A revision of a package, by any reference. */
export interface Side {
  bucket: string;
  name: string;
  reference: string;
}

const COUNTING_MILLISECONDS = 1_000;

export const pushQueries = {
  /** Without a base: what the head changed since the push before. */
  diff: ({ client }: Api, head: Side, base: Side | null, kinds: readonly DiffKind[]) =>
    infiniteQueryOptions({
      queryKey: keys.diff(head, base, kinds),
      queryFn: ({ signal, pageParam }) =>
        client.call<Diff>(`${revisionUrl(head.bucket, head.name, head.reference)}/diff`, {
          signal,
          query: {
            ...(base && { base: base.reference, base_bucket: base.bucket, base_package: base.name }),
            kind: kinds,
            cursor: pageParam,
            limit: 500,
          },
        }),
      ...paged,
      structuralSharing: false,
      ...(base && isFixed(head.reference) && isFixed(base.reference) ? { staleTime: FOREVER } : {}),
    }),

  /** Totals are counted in the background when there is much to count. */
  diffTotals: ({ client }: Api, head: Side, base: Side | null) =>
    queryOptions({
      queryKey: keys.diffTotals(head, base),
      queryFn: ({ signal }) =>
        client.call<Diff>(`${revisionUrl(head.bucket, head.name, head.reference)}/diff`, {
          signal,
          query: {
            ...(base && { base: base.reference, base_bucket: base.bucket, base_package: base.name }),
            limit: 1,
          },
        }),
      refetchInterval: ({ state }) => (state.data?.totals === null ? COUNTING_MILLISECONDS : false),
    }),

  workflows: ({ client }: Api, bucket: string) =>
    queryOptions({
      queryKey: keys.workflows(bucket),
      queryFn: ({ signal }) => client.call<Workflows>(`${bucketUrl(bucket)}/workflows`, { signal }),
      staleTime: 60_000,
    }),

  verdict: ({ client }: Api, bucket: string, push: PushToCheck) =>
    queryOptions({
      queryKey: keys.verdict(bucket, writeJson(push)),
      queryFn: ({ signal }) =>
        client.call<PushVerdict>(`${bucketUrl(bucket)}/workflows/check`, {
          method: "POST",
          body: push,
          signal,
        }),
      staleTime: 30_000,
      gcTime: 60_000,
    }),

  resolved: ({ client }: Api, uri: string) =>
    queryOptions({
      queryKey: keys.resolvedUri(uri),
      queryFn: ({ signal }) => client.call<ResolvedUri>("/api/v1/resolve", { signal, query: { uri } }),
    }),
};
