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

  head: ({ s3 }: Services, bucket: string, key: string) =>
    queryOptions({
      queryKey: keys.object(bucket, key),
      queryFn: ({ signal }) => s3.describe({ bucket, key }, signal),
    }),
};
