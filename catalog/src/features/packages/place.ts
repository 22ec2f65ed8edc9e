/** A path in a revision of a package, and where the files that are there have their bytes. */
import type { Bucket, Entry, FileAddress, PackageFile, Revision } from "@/api/models";
import { queries, revisionUrl } from "@/api/queries";
import { t } from "@/language/en/features/packages";
import { RequestError } from "@/lib/errors";
import { entryPath } from "@/lib/paths";
import type { FileSource } from "@/preview/file";
import type { Place } from "@/preview/place";
import type { Target } from "@/s3/client";
import type { Services } from "@/s3/context";
import type { DownloadPlace } from "@/s3/downloads";
import { parsePhysicalKey } from "@/s3/locations";

/** The newest pushes, which a package's page asks for once. */
export const MAX_OFFERED_REVISIONS = 10;

export interface PackageLocation {
  bucket: string;
  name: string;
  /** As the address has it. */
  reference: string;
  path: string;
  revision: Revision;
}

type RevisionPlace = Pick<PackageLocation, "bucket" | "name"> & { revision: Pick<Revision, "top_hash"> };

/** Where an entry's bytes are; null when they are not in S3. People whose role reads nothing of the bucket ask the registry. */
export function targetOf(
  services: Services,
  { bucket, name, revision }: RevisionPlace,
  file: PackageFile,
  level: Bucket["level"] | undefined,
): Target | null {
  const target = parsePhysicalKey(file.physical_key);
  if (target?.bucket !== bucket || level !== null) return target;
  const url = `${revisionUrl(bucket, name, revision.top_hash)}/file`;
  const query = { path: file.path };
  return {
    ...target,
    through: async saved => {
      const found = await services.client.call<FileAddress>(url, { query });
      return saved ? found.download_url : found.url;
    },
  };
}

/** How downloads are asked for. */
export const downloadPlace = (
  { bucket, name, revision }: PackageLocation,
  path: string,
  paths?: readonly string[],
): DownloadPlace => ({ bucket, name, topHash: revision.top_hash, path, ...(paths ? { paths } : {}) });

/** How readers are asked for it: by the package, whose files may lie in any bucket. */
export const sourceOf = ({ bucket, name, revision }: PackageLocation, file: PackageFile): FileSource => ({
  bucket,
  package: name,
  revision: revision.top_hash,
  path: file.path,
});

export function packagePlace(
  services: Services,
  where: PackageLocation,
  path: string,
  level: Bucket["level"] | undefined,
): Place {
  const { bucket, name, reference, revision } = where;
  return {
    path,
    page: to => entryPath(bucket, name, reference, to.replace(/\/$/, "")),
    target: async to => {
      const url = queries.entryUrl(bucket, name, revision.top_hash);
      const entry = await services.client.call<Entry>(url, { query: { path: to } });
      const target = entry.type === "file" ? targetOf(services, where, entry, level) : null;
      if (!target) throw new RequestError({ status: 404, trouble: "missing", message: t.notFileS3(to) });
      return target;
    },
  };
}
