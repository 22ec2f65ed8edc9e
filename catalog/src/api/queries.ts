/** What pages ask the registry. */
import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { paged } from "@/lib/pages";
import { encode } from "@/lib/paths";
import { type Api, useApi } from "./context";
import { keys } from "./keys";
import type {
  Bucket,
  BucketInsight,
  BucketTotals,
  Code,
  Completeness,
  Entry,
  Me,
  Package,
  PackageActivity,
  PackageInsight,
  PackageProblem,
  PackageSummary,
  Page,
  Push,
  Revision,
} from "./models";

export const bucketUrl = (bucket: string) => `/api/v1/buckets/${encode(bucket)}`;
export const packageUrl = (bucket: string, name: string) =>
  `${bucketUrl(bucket)}/packages/${name.split("/").map(encode).join("/")}`;
export const revisionUrl = (bucket: string, name: string, reference: string) =>
  `${packageUrl(bucket, name)}/revisions/${encode(reference)}`;

/** Revisions and what they hold never change. */
export const FOREVER = Infinity;
const INSIGHT_POLL_MILLISECONDS = 2_000;
export const isFixed = (reference: string) => /^[0-9a-f]{64}$/.test(reference);

export const queries = {
  me: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.me(),
      queryFn: ({ signal }) => client.call<Me>("/api/me", { signal }),
      staleTime: 300_000,
    }),

  buckets: ({ client }: Api, everything = false) =>
    infiniteQueryOptions({
      queryKey: keys.buckets({ everything }),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<Bucket>>("/api/v1/buckets", {
          signal,
          query: { cursor: pageParam, limit: 100, ...(everything ? { all: true } : {}) },
        }),
      ...paged,
    }),

  bucketTotals: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.bucketTotals(),
      queryFn: ({ signal }) => client.call<{ items: BucketTotals[] }>("/api/v1/bucket-totals", { signal }),
      staleTime: 60_000,
    }),

  /** A large bucket is added up in the background, and asked for again until that is done. */
  bucketInsight: ({ client }: Api, bucket: string) =>
    queryOptions({
      queryKey: keys.bucketInsight(bucket),
      queryFn: ({ signal }) => client.call<BucketInsight>(`${bucketUrl(bucket)}/insight`, { signal }),
      refetchInterval: ({ state }) => (state.data?.growth === null ? INSIGHT_POLL_MILLISECONDS : false),
      staleTime: 60_000,
    }),

  packageInsight: ({ client }: Api, bucket: string, name: string) =>
    queryOptions({
      queryKey: keys.packageInsight(bucket, name),
      queryFn: ({ signal }) => client.call<PackageInsight>(`${packageUrl(bucket, name)}/insight`, { signal }),
    }),

  bucket: ({ client }: Api, bucket: string) =>
    queryOptions({
      queryKey: keys.bucket(bucket),
      queryFn: ({ signal }) => client.call<Bucket>(bucketUrl(bucket), { signal }),
      staleTime: 60_000,
    }),

  completeness: ({ client }: Api, bucket: string) =>
    queryOptions({
      queryKey: keys.completeness(bucket),
      queryFn: ({ signal }) => client.call<Completeness>(`${bucketUrl(bucket)}/completeness`, { signal }),
      refetchInterval: 30_000,
    }),

  packages: ({ client }: Api, bucket: string, contains = "", limit = 100) =>
    infiniteQueryOptions({
      queryKey: keys.packages(bucket, { contains, limit }),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<PackageSummary>>(`${bucketUrl(bucket)}/packages`, {
          signal,
          query: { contains, cursor: pageParam, limit },
        }),
      ...paged,
    }),

  package: ({ client }: Api, bucket: string, name: string) =>
    queryOptions({
      queryKey: keys.package(bucket, name),
      queryFn: ({ signal }) => client.call<Package>(packageUrl(bucket, name), { signal }),
    }),

  revisions: ({ client }: Api, bucket: string, name: string) =>
    infiniteQueryOptions({
      queryKey: keys.revisions(bucket, name),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<Push>>(`${packageUrl(bucket, name)}/revisions`, {
          signal,
          query: { cursor: pageParam, limit: 50 },
        }),
      ...paged,
    }),

  activity: ({ client }: Api, bucket: string, name: string) =>
    infiniteQueryOptions({
      queryKey: keys.activity(bucket, name),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<PackageActivity>>(`${packageUrl(bucket, name)}/activity`, {
          signal,
          query: { cursor: pageParam, limit: 50 },
        }),
      ...paged,
    }),

  recentRevisions: ({ client }: Api, bucket: string, name: string, limit: number) =>
    queryOptions({
      queryKey: keys.revisions(bucket, name, { recent: limit }),
      queryFn: ({ signal }) =>
        client.call<Page<Push>>(`${packageUrl(bucket, name)}/revisions`, { signal, query: { limit } }),
    }),

  problems: ({ client }: Api, bucket: string) =>
    infiniteQueryOptions({
      queryKey: keys.problems(bucket),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<PackageProblem>>(`${bucketUrl(bucket)}/problems`, {
          signal,
          query: { cursor: pageParam, limit: 100 },
        }),
      ...paged,
    }),

  revision: ({ client }: Api, bucket: string, name: string, reference: string) =>
    queryOptions({
      queryKey: keys.revision(bucket, name, reference),
      queryFn: ({ signal }) => client.call<Revision>(revisionUrl(bucket, name, reference), { signal }),
      ...(isFixed(reference) ? { staleTime: FOREVER } : {}),
    }),

  entryUrl: (bucket: string, name: string, reference: string) =>
    `${revisionUrl(bucket, name, reference)}/entry`,

  entry: ({ client }: Api, bucket: string, name: string, reference: string, path: string) =>
    queryOptions({
      queryKey: keys.entry(bucket, name, reference, path),
      queryFn: ({ signal }) =>
        client.call<Entry>(`${revisionUrl(bucket, name, reference)}/entry`, { signal, query: { path } }),
      ...(isFixed(reference) ? { staleTime: FOREVER } : {}),
    }),

  entries: ({ client }: Api, bucket: string, name: string, reference: string, path: string) =>
    infiniteQueryOptions({
      queryKey: keys.entries(bucket, name, reference, path),
      queryFn: ({ signal, pageParam }) =>
        client.call<Page<Entry>>(`${revisionUrl(bucket, name, reference)}/entries`, {
          signal,
          // Without a limit: the default page of a directory is the largest one.
          query: { path, cursor: pageParam },
        }),
      ...paged,
      // Comparing all that is there with itself at every page would make long lists slow.
      structuralSharing: false,
      ...(isFixed(reference) ? { staleTime: FOREVER } : {}),
    }),

  /** The first page alone. */
  firstEntries: ({ client }: Api, bucket: string, name: string, reference: string, path: string) =>
    queryOptions({
      queryKey: keys.firstEntries(bucket, name, reference, path),
      queryFn: ({ signal }) =>
        client.call<Page<Entry>>(`${revisionUrl(bucket, name, reference)}/entries`, {
          signal,
          query: { path },
        }),
      ...(isFixed(reference) ? { staleTime: FOREVER } : {}),
    }),

  code: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.code(),
      queryFn: ({ signal }) => client.call<Code>("/api/code", { signal }),
      // Each question makes a new code: only ask when somebody wants one.
      staleTime: FOREVER,
      gcTime: 0,
      refetchOnMount: "always",
      refetchOnReconnect: false,
    }),
};

export function useMe() {
  return useQuery(queries.me(useApi()));
}

export const useBucket = (bucket: string) => useQuery(queries.bucket(useApi(), bucket));

export function useBuckets(everything = false) {
  return useInfiniteQuery(queries.buckets(useApi(), everything));
}
