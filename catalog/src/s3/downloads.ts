/** Files, archives and links of a revision, which the S3 proxy and the registry give without a header. */
import type { Api } from "@/api/context";
import type { Archive, PackageLinks } from "@/api/models";
import { revisionUrl } from "@/api/queries";
import { ask, refusal } from "@/api/transport";
import { t } from "@/language/en/services/files";
import { encode } from "@/lib/paths";
import type { Services } from "./context";

export const LINK_FORMATS = ["json", "jsonl", "aria2", "wget", "metalink"] as const;
export type LinkFormat = (typeof LINK_FORMATS)[number];
export type ArchiveFormat = "zip" | "tar";

/** A revision, or a folder or chosen paths of it. */
export interface DownloadPlace {
  bucket: string;
  name: string;
  topHash: string;
  /** A folder or a file; empty for the whole revision. */
  path: string;
  /** Files and folders that were chosen, instead of `path`. */
  paths?: readonly string[];
}

export interface LinksWanted {
  format: LinkFormat;
  revocable: boolean;
  seconds: number;
}

const below = (place: DownloadPlace) =>
  [place.bucket, ...place.name.split("/"), place.topHash].map(encode).join("/");

/** The address of an archive, with a fresh ticket. Chosen paths are kept by the registry as a selection. */
export async function archiveUrl(
  services: Services,
  place: DownloadPlace,
  format: ArchiveFormat,
): Promise<string> {
  if (place.paths) {
    const made = await describeArchive(services, place, format);
    if (made.ticket_url) return made.ticket_url;
  }
  return services.tickets.url(`/-/archive/${below(place)}.${format}`, place.path ? { path: place.path } : {});
}

/** Sizes before the download. */
export function describeArchive(
  { client }: Api,
  { bucket, name, topHash, path, paths }: DownloadPlace,
  format: ArchiveFormat = "tar",
  signal?: AbortSignal,
): Promise<Archive> {
  const chosen = paths ?? (path ? [path] : null);
  return client.call<Archive>(`${revisionUrl(bucket, name, topHash)}/archives`, {
    method: "POST",
    body: { format, ...(chosen ? { paths: chosen } : {}) },
    signal,
  });
}

/** The address of one file, with a fresh ticket; browsers save it and do not show it. */
export function fileUrl(services: Services, place: DownloadPlace): Promise<string> {
  const key = place.path.split("/").map(encode).join("/");
  return services.tickets.url(`/-/file/${below(place)}/${key}`, { download: 1 });
}

/** Links as the registry wrote them, to be saved or copied. */
export async function linksText(
  { config, session }: Api,
  { bucket, name, topHash, path, paths }: DownloadPlace,
  wanted: LinksWanted,
  signal?: AbortSignal,
): Promise<{ text: string; fileName: string }> {
  const token = await session.bearer();
  const answer = await ask(
    `${config.registryUrl}${revisionUrl(bucket, name, topHash)}/links`,
    {
      method: "POST",
      headers: { Authorization: `Bearer ${token ?? ""}`, "Content-Type": "application/json" },
      body: JSON.stringify({ ...wanted, ...(paths ? { paths } : path ? { path } : {}) }),
      signal: signal ?? null,
    },
    t.registry,
  );
  if (!answer.ok) throw await refusal(answer);
  const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
  return { text: await answer.text(), fileName: named ?? `links.${wanted.format}` };
}

export function links(
  { client }: Api,
  { bucket, name, topHash, path, paths }: DownloadPlace,
  signal?: AbortSignal,
): Promise<PackageLinks> {
  return client.call<PackageLinks>(`${revisionUrl(bucket, name, topHash)}/links`, {
    method: "POST",
    body: { format: "json", ...(paths ? { paths } : path ? { path } : {}) },
    signal,
  });
}

/** Asks first, so that a page says what is wrong and the browser need not. */
export async function requireReadable(url: string): Promise<void> {
  const answer = await ask(url, { method: "HEAD" }, t.fileStore);
  if (answer.ok) return;
  // The reason stands in the body, which only GET has.
  const asked = await ask(url, {}, t.fileStore);
  if (!asked.ok) throw await refusal(asked);
  await asked.body?.cancel();
}
