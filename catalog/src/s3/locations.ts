/** Where S3 keeps things, and how its addresses are written. */
import { encode } from "@/lib/paths";

export interface Location {
  bucket: string;
  key: string;
  versionId: string | null;
}

/** A key as the path of a request: every byte but unreserved ones encoded, slashes kept. */
export function encodeKey(key: string): string {
  return encode(key).replaceAll("%2F", "/");
}

/** Browsers resolve `.` and `..` in paths before they ask, so keys with such segments cannot be asked for. */
export function isReachable(key: string): boolean {
  return !key.split("/").some(segment => segment === "." || segment === "..");
}

const PLAIN = /^[a-z0-9][a-z0-9-]*[a-z0-9]$/;

/** Host and path as AWS's own SDKs form them: names that make no single DNS label go into the path. */
export function address(bucket: string, key: string, region: string): { host: string; path: string } {
  const store = `s3.${region}.amazonaws.com`;
  return PLAIN.test(bucket)
    ? { host: `${bucket}.${store}`, path: `/${encodeKey(key)}` }
    : { host: store, path: `/${encode(bucket)}/${encodeKey(key)}` };
}

/** A manifest's physical key: `s3://bucket/percent-encoded-key?versionId=…`; null when it is not in S3. */
export function parsePhysicalKey(physical: string): Location | null {
  const match = /^s3:\/\/([^/]+)\/([^?]*)(?:\?(.*))?$/s.exec(physical);
  if (!match) return null;
  const [, bucket = "", key = "", query = ""] = match;
  try {
    return { bucket, key: decodeURIComponent(key), versionId: new URLSearchParams(query).get("versionId") };
  } catch {
    return null;
  }
}

export function s3Uri({ bucket, key, versionId }: Location): string {
  return `s3://${bucket}/${key}${versionId ? `?versionId=${versionId}` : ""}`;
}

/** As manifests write it; without a version, whichever is current at the push. */
export const physicalKey = (bucket: string, key: string) => `s3://${bucket}/${encodeKey(key)}`;
