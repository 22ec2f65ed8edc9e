/** Where a rendered document lies, and what its relative references lead to. */
import { treePath } from "@/lib/paths";
import type { Target } from "@/s3/client";

export interface Place {
  /** The document's own path, which relative references start from. */
  path: string;
  /** A page of the catalog. */
  page: (path: string) => string;
  /** Where the bytes are. */
  target: (path: string) => Promise<Target>;
}

export function bucketPlace(bucket: string, key: string): Place {
  return {
    path: key,
    page: path => treePath(bucket, path),
    target: path => Promise.resolve({ bucket, key: path }),
  };
}
