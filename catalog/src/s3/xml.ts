/** The little of S3's XML that the catalog reads. */

export interface ListedObject {
  key: string;
  size: number;
  modified: Date;
  storageClass: string | null;
}

export interface Listing {
  folders: string[];
  objects: ListedObject[];
  next: string | null;
}

function root(xml: string): Document {
  return new DOMParser().parseFromString(xml, "application/xml");
}

function child(parent: Element, name: string): string | null {
  for (const each of parent.children) if (each.localName === name) return each.textContent;
  return null;
}

/** The text of the first element of that name, anywhere. */
export function text(xml: string, name: string): string | null {
  if (!xml.trimStart().startsWith("<")) return null;
  const found = [...root(xml).getElementsByTagName("*")].find(each => each.localName === name);
  return found?.textContent ?? null;
}

/** Keys come with `encoding-type=url`: percent-encoded, blanks as `+`. */
export function decodeListed(key: string): string {
  return decodeURIComponent(key.replaceAll("+", "%20"));
}

export function listing(xml: string): Listing {
  const top = root(xml).documentElement;
  const decode = child(top, "EncodingType") === "url" ? decodeListed : (key: string) => key;
  const found: Listing = { folders: [], objects: [], next: null };
  for (const each of top.children)
    if (each.localName === "Contents")
      found.objects.push({
        key: decode(child(each, "Key") ?? ""),
        size: Number(child(each, "Size")),
        modified: new Date(child(each, "LastModified") ?? 0),
        storageClass: child(each, "StorageClass"),
      });
    else if (each.localName === "CommonPrefixes") found.folders.push(decode(child(each, "Prefix") ?? ""));
  if (child(top, "IsTruncated") === "true") found.next = child(top, "NextContinuationToken");
  return found;
}

/** The tags of an object, each with its name. */
export const tagSet = (xml: string): (readonly [string, string])[] =>
  [...root(xml).getElementsByTagName("*")]
    .filter(each => each.localName === "Tag")
    .map(tag => [child(tag, "Key") ?? "", child(tag, "Value") ?? ""] as const);

export interface ListedVersion {
  key: string;
  versionId: string;
  size: number;
  modified: Date;
  isLatest: boolean;
  /** The object was deleted then. */
  isDeletion: boolean;
  storageClass: string | null;
}

export function versionListing(xml: string): ListedVersion[] {
  const top = root(xml).documentElement;
  const decode = child(top, "EncodingType") === "url" ? decodeListed : (key: string) => key;
  return [...top.children]
    .filter(each => each.localName === "Version" || each.localName === "DeleteMarker")
    .map(each => ({
      key: decode(child(each, "Key") ?? ""),
      versionId: child(each, "VersionId") ?? "null",
      size: Number(child(each, "Size") ?? 0),
      modified: new Date(child(each, "LastModified") ?? 0),
      isLatest: child(each, "IsLatest") === "true",
      isDeletion: each.localName === "DeleteMarker",
      storageClass: child(each, "StorageClass"),
    }));
}
