/** Whether paths are in a revision, by the listings of their folders. */
import type { Client } from "@/api/client";
import type { Entry, Page } from "@/api/models";
import { revisionUrl } from "@/api/queries";
import { RequestError } from "@/lib/errors";
import { parentOf } from "@/lib/paths";

const MAX_CONCURRENT_LISTINGS = 4;

/** Those of the paths that are no files of the revision. */
export async function unknownPaths(
  client: Client,
  revision: { bucket: string; name: string; topHash: string },
  paths: Iterable<string>,
): Promise<string[]> {
  const byFolder = new Map<string, Set<string>>();
  for (const path of paths) {
    const folder = parentOf(path).replace(/\/$/, "");
    byFolder.set(folder, (byFolder.get(folder) ?? new Set()).add(path));
  }
  const waiting = [...byFolder];
  const unknown: string[] = [];
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop())
      unknown.push(...(await unknownIn(client, revision, ...next)));
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_LISTINGS }, worker));
  return unknown;
}

async function unknownIn(
  client: Client,
  { bucket, name, topHash }: { bucket: string; name: string; topHash: string },
  folder: string,
  wanted: Set<string>,
): Promise<Iterable<string>> {
  let cursor: string | null = null;
  try {
    do {
      const page: Page<Entry> = await client.call(`${revisionUrl(bucket, name, topHash)}/entries`, {
        query: { path: folder, cursor },
      });
      for (const entry of page.items) if (entry.type === "file") wanted.delete(entry.path);
      cursor = page.next;
    } while (cursor !== null && wanted.size > 0);
  } catch (error) {
    if (!(error instanceof RequestError && error.trouble === "missing")) throw error;
  }
  return wanted;
}
