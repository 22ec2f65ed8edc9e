/**
 * AWS Signature Version 4 for S3.
 *
 * Not with WebCrypto: browsers withhold it from pages that plain HTTP serves from any host but localhost.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { encode } from "@/lib/paths";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | null;
}

export interface S3Request {
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  host: string;
  /** Encoded, exactly as it is sent. */
  path: string;
  query?: Record<string, string>;
  /** Lower-case names; all but `range` are signed. */
  headers?: Record<string, string>;
}

export interface Scope {
  credentials: Credentials;
  region: string;
  now?: Date;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const UNSIGNED = "UNSIGNED-PAYLOAD";

/** A browser that has part of an object already asks for another range than we do; S3 need not have it signed. */
const LEFT_TO_THE_BROWSER = "range";

/** Sorted and encoded as both the signature and the request have it. */
export function queryString(query: Record<string, string>): string {
  return Object.entries(query)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function stamp(now: Date): { date: string; time: string } {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  return { date: time.slice(0, 8), time };
}

function signature(
  request: S3Request,
  query: Record<string, string>,
  headers: Record<string, string>,
  payload: string,
  { credentials, region }: Scope,
  { date, time }: { date: string; time: string },
): { scope: string; signedHeaders: string; value: string } {
  const names = Object.keys(headers)
    .filter(name => name !== LEFT_TO_THE_BROWSER)
    .sort();
  const signedHeaders = names.join(";");
  const canonical = [
    request.method,
    request.path,
    queryString(query),
    ...names.map(name => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders,
    payload,
  ].join("\n");
  const scope = `${date}/${region}/s3/aws4_request`;
  const text = [ALGORITHM, time, scope, bytesToHex(sha256(utf8ToBytes(canonical)))].join("\n");
  let key = utf8ToBytes(`AWS4${credentials.secretAccessKey}`);
  for (const part of [date, region, "s3", "aws4_request"]) key = hmac(sha256, key, utf8ToBytes(part));
  return { scope, signedHeaders, value: bytesToHex(hmac(sha256, key, utf8ToBytes(text))) };
}

/** The headers to send, `host` excepted. */
export function sign(request: S3Request, scope: Scope): Record<string, string> {
  const at = stamp(scope.now ?? new Date());
  const token = scope.credentials.sessionToken;
  const sent: Record<string, string> = {
    ...request.headers,
    "x-amz-content-sha256": request.headers?.["x-amz-content-sha256"] ?? UNSIGNED,
    "x-amz-date": at.time,
    ...(token ? { "x-amz-security-token": token } : {}),
  };
  const payload = sent["x-amz-content-sha256"] ?? UNSIGNED;
  const signed = signature(request, request.query ?? {}, { ...sent, host: request.host }, payload, scope, at);
  return {
    ...sent,
    authorization:
      `${ALGORITHM} Credential=${scope.credentials.accessKeyId}/${signed.scope}, ` +
      `SignedHeaders=${signed.signedHeaders}, Signature=${signed.value}`,
  };
}

/** The query that makes a plain GET of the address an authorised one, for `seconds`. */
export function presign(request: S3Request, seconds: number, scope: Scope): string {
  const at = stamp(scope.now ?? new Date());
  const { accessKeyId, sessionToken } = scope.credentials;
  const query: Record<string, string> = {
    ...request.query,
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": `${accessKeyId}/${at.date}/${scope.region}/s3/aws4_request`,
    "X-Amz-Date": at.time,
    "X-Amz-Expires": String(seconds),
    "X-Amz-SignedHeaders": "host",
    ...(sessionToken ? { "X-Amz-Security-Token": sessionToken } : {}),
  };
  const signed = signature(request, query, { host: request.host }, UNSIGNED, scope, at);
  return `${queryString(query)}&X-Amz-Signature=${signed.value}`;
}
