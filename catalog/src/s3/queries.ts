/** What pages ask S3. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { paged } from "@/lib/pages";
import type { Services } from "./context";

export const objectQueries = {
  list: ({ s3 }: Services, bucket: string, prefix: string) =>
    infiniteQueryOptions({
      queryKey: keys.objects(bucket, prefix),
      queryFn: ({ signal, pageParam }) => s3.list(bucket, prefix, pageParam, signal),
      ...paged,
    }),

  /** The newest version unless another is named. */
  head: ({ s3 }: Services, bucket: string, key: string, versionId: string | null = null) =>
    queryOptions({
      queryKey: keys.object(bucket, key, versionId),
      queryFn: ({ signal }) => s3.describe({ bucket, key, versionId }, signal),
    }),

  versions: ({ s3 }: Services, bucket: string, key: string) =>
    queryOptions({
      queryKey: keys.objectVersions(bucket, key),
      queryFn: ({ signal }) => s3.versions({ bucket, key }, signal),
      retry: false,
    }),
};
