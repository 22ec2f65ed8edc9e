/** Where documents of packages and buckets lie. */
import { RequestError } from "@/api/errors";
import { queries } from "@/api/queries";
import type { Services } from "@/app/services";
import { entryPath, treePath } from "@/lib/paths";
import type { Place } from "@/preview/documents";
import { parsePhysicalKey } from "@/s3/locations";
import type { Entry } from "@/api/models";
import type { Where } from "./PackageTree";

export function bucketPlace(bucket: string, key: string): Place {
  return {
    path: key,
    page: path => treePath(bucket, path),
    target: path => Promise.resolve({ bucket, key: path }),
  };
}

export function packagePlace(services: Services, where: Where, path: string): Place {
  const { bucket, name, reference, revision } = where;
  return {
    path,
    page: to => entryPath(bucket, name, reference, to.replace(/\/$/, "")),
    target: async to => {
      const url = queries.entryUrl(bucket, name, revision.top_hash);
      const entry = await services.client.call<Entry>(url, { query: { path: to } });
      const target = entry.type === "file" ? parsePhysicalKey(entry.physical_key) : null;
      if (!target)
        throw new RequestError({ status: 404, trouble: "missing", message: `${to} is no file in S3.` });
      return target;
    },
  };
}
