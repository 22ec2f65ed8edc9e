/** Keys and logical paths, and their place in the catalog's own addresses. */

/** RFC 3986: everything but unreserved characters. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * A key as the tail of an address that survives routers and browsers: slashes stay slashes, but the second of two (and
 * a leading one) is encoded, because empty segments get lost. Segments `.` and `..` would be resolved, however they are
 * encoded: they get a tilde, and segments that look like the result another one.
 */
export function toTail(key: string): string {
  return encode(key)
    .replaceAll("%2F", "/")
    .replace(/^\//, "%2F")
    .replace(/(?<=\/)\//g, "%2F")
    .replace(/(?<=^|\/)(?=~*\.\.?(?:\/|$))/g, "~");
}

/** The inverse: what follows the first `segments` of a raw pathname. */
export function fromTail(pathname: string, segments: number): string {
  const tail = pathname
    .split("/")
    .slice(segments + 1)
    .join("/")
    .replace(/(?<=^|\/)~(?=~*\.\.?(?:\/|$))/g, "");
  try {
    return decodeURIComponent(tail);
  } catch {
    return tail;
  }
}

export function parentOf(key: string): string {
  const trimmed = key.endsWith("/") ? key.slice(0, -1) : key;
  return trimmed.slice(0, trimmed.lastIndexOf("/") + 1);
}

/** The last segment; of a folder without its slash. */
export function nameOf(key: string): string {
  const trimmed = key.endsWith("/") && key.length > 1 ? key.slice(0, -1) : key;
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

export function extensionOf(key: string): string {
  const name = nameOf(key);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}

export interface Crumb {
  label: string;
  /** Everything up to and with this crumb; folders end with a slash. */
  path: string;
}

export function crumbs(key: string): Crumb[] {
  const found: Crumb[] = [];
  let start = 0;
  for (let at = 0; at < key.length; at++)
    if (key[at] === "/") {
      found.push({ label: key.slice(start, at), path: key.slice(0, at + 1) });
      start = at + 1;
    }
  if (start < key.length) found.push({ label: key.slice(start), path: key });
  return found;
}

export const bucketPath = (bucket: string) => `/b/${encode(bucket)}`;
export const treePath = (bucket: string, key = "") => `${bucketPath(bucket)}/tree/${toTail(key)}`;
export const workflowsPath = (bucket: string) => `${bucketPath(bucket)}/workflows`;
export const preferencesPath = (bucket: string) => `${bucketPath(bucket)}/preferences`;
export const packagesPath = (bucket: string) => `${bucketPath(bucket)}/packages`;
export const packagePath = (bucket: string, name: string) =>
  `${packagesPath(bucket)}/${name.split("/").map(encode).join("/")}`;
export const entryPath = (bucket: string, name: string, reference: string, path = "") =>
  `${packagePath(bucket, name)}/tree/${encode(reference)}/${toTail(path)}`;

interface RevisionSide {
  bucket: string;
  name: string;
  reference: string;
}

/** A revision beside another; without a base, beside the push before it. */
export function comparePath(head: RevisionSide, base?: RevisionSide | null): string {
  return `${packagePath(head.bucket, head.name)}/compare?${sidesQuery(head, base).toString()}`;
}

const withinComparison =
  (page: string) =>
  (head: RevisionSide, base: RevisionSide, path: string, before = path): string => {
    const query = sidesQuery(head, base);
    query.set("path", path);
    if (before !== path) query.set("base_path", before);
    return `${packagePath(head.bucket, head.name)}/compare/${page}?${query.toString()}`;
  };

/** A file in both; `before`: its path there, when it is another. */
export const compareFilePath = withinComparison("file");
/** The rows of a table in both. */
export const compareRowsPath = withinComparison("rows");

function sidesQuery(head: RevisionSide, base?: RevisionSide | null): URLSearchParams {
  const query = new URLSearchParams({ head: head.reference });
  if (base) {
    query.set("base", base.reference);
    if (base.bucket !== head.bucket) query.set("base_bucket", base.bucket);
    if (base.name !== head.name || base.bucket !== head.bucket) query.set("base_package", base.name);
  }
  return query;
}
const withReference = (page: string) => (bucket: string, name: string, reference: string) =>
  `${packagePath(bucket, name)}/${page}?${new URLSearchParams({ revision: reference }).toString()}`;
export const revisePath = withReference("revise");
export const promotePath = withReference("promote");

/** Where to go after signing in: only within the catalog. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !/^\/sign(in|out)\b/.test(next) ? next : "/";
}

/** A relative reference in a document that lies at `from`; null when it leaves the root. */
export function resolve(from: string, reference: string): string | null {
  const path = reference.replace(/[?#].*$/s, "");
  let plain = path;
  try {
    plain = decodeURIComponent(path);
  } catch {
    // Then it means itself.
  }
  const found = plain.startsWith("/") ? [] : parentOf(from).split("/").slice(0, -1);
  for (const segment of plain.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") found.push(segment);
    else if (found.pop() === undefined) return null;
  }
  return found.join("/") + (plain.endsWith("/") && found.length > 0 ? "/" : "");
}
