/** What pages ask S3. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import { paged } from "@/lib/pages";
import type { Services } from "./context";

export const objectQueries = {
  list: ({ s3 }: Services, bucket: string, prefix: string) =>
    infiniteQueryOptions({
      queryKey: ["objects", bucket, prefix],
      queryFn: ({ signal, pageParam }) => s3.list(bucket, prefix, pageParam, signal),
      ...paged,
    }),
};
