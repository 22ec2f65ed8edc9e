/** Where the links of a document lead. */
import { bucketPath, resolve, treePath } from "@/lib/paths";
import { isUri } from "@/lib/uris";
import { parsePhysicalKey } from "@/s3/locations";
import type { Place } from "../place";

export type DocumentLink =
  | { kind: "section"; fragment: string }
  /** A page of the catalog. */
  | { kind: "page"; to: string }
  | { kind: "web"; href: string };

/** Before ids, so that no document takes those of the page. */
export const ID_PREFIX = "user-content-";

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const WEB_SCHEMES = new Set(["http", "https", "mailto", "tel"]);

/** A scheme, or another host. */
export const isAbsolute = (url: string) => SCHEME.test(url) || /^[/\\]{2}/.test(url);

/** Null when it leads nowhere that can be opened. */
export function linkOf(href: string, place: Place): DocumentLink | null {
  if (href === "") return null;
  if (href.startsWith("#")) return { kind: "section", fragment: decoded(href.slice(1)) };
  if (isUri(href)) return { kind: "page", to: `/uri?${new URLSearchParams({ uri: href }).toString()}` };
  const scheme = SCHEME.exec(href)?.[1]?.toLowerCase();
  if (scheme === "s3") return storedAt(href);
  if (isAbsolute(href)) return scheme === undefined || WEB_SCHEMES.has(scheme) ? { kind: "web", href } : null;
  const path = resolve(place.path, href);
  const fragment = /#(.+)$/s.exec(href)?.[0] ?? "";
  return path === null ? null : { kind: "page", to: place.page(path) + fragment };
}

function storedAt(uri: string): DocumentLink | null {
  const bucket = /^s3:\/\/([^/?#]+)\/?$/i.exec(uri)?.[1];
  if (bucket !== undefined) return { kind: "page", to: bucketPath(bucket) };
  const at = parsePhysicalKey(uri.replace(/^s3/i, "s3"));
  return at && { kind: "page", to: treePath(at.bucket, at.key) };
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The heading, footnote or anchor of that name. */
export function sectionOf(root: ParentNode, fragment: string): Element | null {
  for (const name of [fragment, fragment.toLowerCase()]) {
    const id = CSS.escape(ID_PREFIX + name);
    const found = root.querySelector(`#${id}, [name="${id}"]`);
    if (found) return found;
  }
  return null;
}
