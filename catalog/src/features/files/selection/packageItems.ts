/** Files below places of a package, with where their bytes are. */
import type { Client } from "@/api/client";
import type { Entry, Page, PackageFile } from "@/api/models";
import { revisionUrl } from "@/api/queries";
import { t } from "@/language/en/features/files/selection";
import { RequestError } from "@/lib/errors";
import { count } from "@/lib/format";
import { parsePhysicalKey } from "@/s3/locations";
import type { TransferItem } from "./transfer";

export const MAX_PACKAGE_FILES = 10_000;

interface PackagePlace {
  bucket: string;
  name: string;
  /** A top hash, or `latest`. */
  reference: string;
}

/** `paths`: of files, and of folders with a slash at the end; empty for all of the package. */
export async function filesBelow(
  client: Client,
  place: PackagePlace,
  paths: Iterable<string>,
  signal?: AbortSignal,
): Promise<PackageFile[]> {
  const url = revisionUrl(place.bucket, place.name, place.reference);
  const found: PackageFile[] = [];
  const keep = (file: PackageFile) => {
    found.push(file);
    if (found.length > MAX_PACKAGE_FILES)
      throw new RequestError({
        status: 0,
        trouble: "too-large",
        message: t.moreThanFiles(count(MAX_PACKAGE_FILES), place.name),
      });
  };
  const folders: string[] = [];
  for (const path of paths)
    if (path === "" || path.endsWith("/")) folders.push(path.replace(/\/$/, ""));
    else {
      const entry = await client.call<Entry>(`${url}/entry`, { query: { path }, signal });
      if (entry.type === "file") keep(entry);
      else folders.push(path);
    }
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let cursor: string | null = null;
    do {
      const page: Page<Entry> = await client.call(`${url}/entries`, {
        query: { path: folder, cursor },
        signal,
      });
      for (const entry of page.items)
        if (entry.type === "file") keep(entry);
        else folders.push(entry.path);
      cursor = page.next;
    } while (cursor !== null);
  }
  return found;
}

/** To be copied, with paths relative to a folder of the package. */
export function transfersOf(files: readonly PackageFile[], folder: string): TransferItem[] {
  return files.map(file => {
    const source = parsePhysicalKey(file.physical_key);
    if (!source) throw new RequestError({ status: 0, trouble: "refused", message: t.notS3(file.path) });
    return { source, size: file.size, path: folder ? file.path.slice(folder.length + 1) : file.path };
  });
}
