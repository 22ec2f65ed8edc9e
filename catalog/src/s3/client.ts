/** S3 through the proxy: signed for AWS's host name, sent to the proxy with that host as the first segment. */
import { ask } from "@/api/transport";
import { t } from "@/language/en/services";
import { RequestError, retryAfter, troubleOf } from "@/lib/errors";
import { count } from "@/lib/format";
import { encode, extensionOf } from "@/lib/paths";
import { address, encodeKey, isReachable } from "./locations";
import { type Credentials, presign, queryString, type S3Request, sign } from "./signing";
import {
  type ListedObject,
  type ListedVersion,
  listing,
  type Listing,
  tagSet,
  text,
  versionListing,
} from "./xml";

export interface CredentialSource {
  /** `stale`: the ones that were just refused. */
  get(stale?: Credentials): Promise<Credentials>;
}

export interface Target {
  bucket: string;
  key: string;
  versionId?: string | null;
  /** An address to read it at without credentials, for people whose role does not read the bucket. */
  through?: (saved?: boolean) => Promise<string>;
}

export interface ObjectHead {
  size: number;
  contentType: string;
  modified: Date | null;
  etag: string;
  versionId: string | null;
  /** Null in the usual one. */
  storageClass: string | null;
  /** S3's words about a restored copy of an archived object: whether it is being made, and until when it is there. */
  restore: string | null;
  meta: Record<string, string>;
  /** What S3 keeps with the object besides, such as its Cache-Control, by the header's name. */
  kept: Record<string, string>;
}

export interface StoredObject {
  etag: string;
  /** Null where the bucket keeps no versions. */
  versionId: string | null;
}

export interface Slice extends ObjectHead {
  bytes: Uint8Array;
  /** Whether `bytes` is all of it. */
  complete: boolean;
}

const who = () => t.fileStore;
const PRESIGNED_SECONDS = 3_600;

export class S3 {
  readonly #proxy: string;
  readonly #region: string;
  readonly #credentials: CredentialSource;

  constructor(proxy: string, region: string, credentials: CredentialSource) {
    this.#proxy = proxy;
    this.#region = region;
    this.#credentials = credentials;
  }

  /** The first `length` bytes of an object. */
  async head(target: Target, length: number, signal?: AbortSignal): Promise<Slice> {
    const range = `bytes=0-${Math.max(0, length - 1)}`;
    const answer = await this.#send(target, "GET", versioned(target), { range }, signal).catch(
      async (error: unknown) => {
        // An empty object has no first byte.
        if (error instanceof RequestError && error.status === 416)
          return this.#send(target, "GET", versioned(target), {}, signal);
        throw error;
      },
    );
    const bytes = await contentOf(answer, signal);
    const about = describe(answer);
    const total = Number(/\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1] ?? bytes.length);
    return { ...about, size: total, bytes, complete: bytes.length >= total };
  }

  async describe(target: Target, signal?: AbortSignal): Promise<ObjectHead> {
    if (target.through) return this.head(target, 1, signal);
    return describe(await this.#send(target, "HEAD", versioned(target), {}, signal));
  }

  /**
   * The headers that give its tags to another object. None where it has none, where the role may not read them, and
   * where the store knows no tags.
   */
  async tagHeaders(target: Target, signal?: AbortSignal): Promise<Record<string, string>> {
    try {
      const answer = await this.#send(target, "GET", { tagging: "", ...versioned(target) }, {}, signal);
      const tags = tagSet(await answer.text()).map(([name, value]) => `${encode(name)}=${encode(value)}`);
      return tags.length > 0 ? { "x-amz-tagging": tags.join("&") } : {};
    } catch (error) {
      if (error instanceof RequestError && WITHOUT_TAGS.has(error.status)) return {};
      throw error;
    }
  }

  /** One page of a folder; `deep`: with all that is below it. */
  async list(
    bucket: string,
    prefix: string,
    token: string | null,
    signal?: AbortSignal,
    deep = false,
  ): Promise<Listing> {
    const query = {
      "list-type": "2",
      ...(deep ? {} : { delimiter: "/" }),
      "encoding-type": "url",
      "max-keys": "1000",
      ...(prefix ? { prefix } : {}),
      ...(token ? { "continuation-token": token } : {}),
    };
    const answer = await this.#send({ bucket, key: "" }, "GET", query, {}, signal);
    return listing(await answer.text());
  }

  /** The newest versions of one object, at most a thousand. */
  async versions({ bucket, key }: Target, signal?: AbortSignal): Promise<ListedVersion[]> {
    const query = { versions: "", prefix: key, "encoding-type": "url", "max-keys": "1000" };
    const answer = await this.#send({ bucket, key: "" }, "GET", query, {}, signal);
    return versionListing(await answer.text()).filter(version => version.key === key);
  }

  /** Everything below a prefix but folders' own markers; throws when there is more than `most`. */
  async all(bucket: string, prefix: string, most: number, signal?: AbortSignal): Promise<ListedObject[]> {
    const found: ListedObject[] = [];
    for (let token: string | null = null, begun = false; token !== null || !begun; begun = true) {
      const page: Listing = await this.list(bucket, prefix, token, signal, true);
      found.push(...page.objects.filter(({ key }) => !key.endsWith("/")));
      if (found.length > most)
        throw new RequestError({
          status: 0,
          trouble: "too-large",
          message: t.moreThanFiles(count(most), prefix || bucket),
        });
      token = page.next;
    }
    return found;
  }

  /** With versioning, it can be brought back. */
  async remove(target: Target, signal?: AbortSignal): Promise<void> {
    await this.#send(target, "DELETE", versioned(target), {}, signal);
  }

  /**
   * An address that anyone may GET for an hour; `as`: the name to save it under. Pictures, films and
   * sounds get the type that their extension says, because clients store most files without one.
   */
  async link(target: Target, as?: string): Promise<string> {
    if (target.through) return target.through(as !== undefined);
    const query: Record<string, string> = versioned(target);
    if (as !== undefined)
      query["response-content-disposition"] = `attachment; filename*=UTF-8''${encode(as)}`;
    else {
      const type = SHOWN_TYPES[extensionOf(target.key)];
      if (type) query["response-content-type"] = type;
    }
    const request = this.#request(target, "GET", query, {});
    const signed = presign(request, PRESIGNED_SECONDS, {
      credentials: await this.#credentials.get(),
      region: this.#region,
    });
    return `${this.#proxy}/${request.host}${request.path}?${signed}`;
  }

  /** What an XMLHttpRequest needs, which unlike `fetch` tells how far an upload is. */
  async prepare(
    target: Target,
    method: "PUT" | "POST",
    query: Record<string, string>,
    headers: Record<string, string>,
  ): Promise<{ url: string; headers: Record<string, string> }> {
    const request = this.#request(target, method, query, headers);
    const credentials = await this.#credentials.get();
    return { url: this.#url(request), headers: sign(request, { credentials, region: this.#region }) };
  }

  /** A small object. Fails with 412 where it is not as `if-match` or `if-none-match` say. */
  async put(
    target: Target,
    body: string,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    const answer = await this.#send(target, "PUT", {}, headers, signal, body);
    return storedIn(answer);
  }

  /** At most 5 GiB, with the object's metadata. */
  async copy(source: Target, target: Target, signal?: AbortSignal): Promise<StoredObject> {
    const answer = await this.#send(target, "PUT", {}, { "x-amz-copy-source": copySource(source) }, signal);
    await succeeded(answer);
    return storedIn(answer);
  }

  /** Resolves to the part's ETag. */
  async copyPart(
    source: Target,
    target: Target,
    { uploadId, part, first, last }: { uploadId: string; part: number; first: number; last: number },
    signal?: AbortSignal,
  ): Promise<string> {
    const query = { partNumber: String(part), uploadId };
    const headers = {
      "x-amz-copy-source": copySource(source),
      "x-amz-copy-source-range": `bytes=${first}-${last}`,
    };
    const answered = await succeeded(await this.#send(target, "PUT", query, headers, signal));
    return text(answered, "ETag") ?? "";
  }

  async startMultipart(
    target: Target,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<string> {
    const answer = await this.#send(target, "POST", { uploads: "" }, headers, signal);
    const id = text(await answer.text(), "UploadId");
    if (!id) throw new RequestError({ status: 502, trouble: "broken", message: t.beganNoUpload(who()) });
    return id;
  }

  async completeMultipart(
    target: Target,
    uploadId: string,
    etags: readonly string[],
    signal?: AbortSignal,
  ): Promise<void> {
    const parts = etags.map(
      (etag, index) =>
        `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</ETag></Part>`,
    );
    const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}</CompleteMultipartUpload>`;
    const answer = await this.#send(
      target,
      "POST",
      { uploadId },
      { "content-type": "application/xml" },
      signal,
      body,
    );
    await succeeded(answer);
  }

  async abortMultipart(target: Target, uploadId: string): Promise<void> {
    await this.#send(target, "DELETE", { uploadId }, {});
  }

  #request(
    { bucket, key }: Target,
    method: S3Request["method"],
    query: Record<string, string>,
    headers: Record<string, string>,
  ): S3Request {
    if (!isReachable(key))
      throw new RequestError({
        status: 0,
        trouble: "refused",
        message: t.browsersCannotAsk,
      });
    return { method, ...address(bucket, key, this.#region), query, headers };
  }

  #url(request: S3Request): string {
    const query = queryString(request.query ?? {});
    return `${this.#proxy}/${request.host}${request.path}${query && `?${query}`}`;
  }

  async #send(
    target: Target,
    method: S3Request["method"],
    query: Record<string, string>,
    headers: Record<string, string>,
    signal?: AbortSignal,
    body?: string,
  ): Promise<Response> {
    if (target.through) {
      const answer = await ask(await target.through(), { method, headers, signal: signal ?? null }, who());
      if (!answer.ok) throw await refusal(answer);
      return answer;
    }
    const request = this.#request(target, method, query, headers);
    const attempt = async (credentials: Credentials) => {
      const signed = sign(request, { credentials, region: this.#region });
      return ask(
        this.#url(request),
        {
          method,
          headers: signed,
          signal: signal ?? null,
          // What has no version may be another the next moment; a browser would guess that it is not.
          cache: query.versionId ? "default" : "no-store",
          ...(body === undefined ? {} : { body }),
        },
        who(),
      );
    };
    const credentials = await this.#credentials.get();
    let answer = await attempt(credentials);
    let error = answer.ok ? null : await refusal(answer);
    if (error && ["ExpiredToken", "InvalidAccessKeyId", "InvalidToken"].includes(error.code ?? "")) {
      answer = await attempt(await this.#credentials.get(credentials));
      error = answer.ok ? null : await refusal(answer);
    }
    if (error) throw error;
    return answer;
  }
}

/** The answer's text. S3 says 200 before it knows, and may still say that it failed. */
async function succeeded(answer: Response): Promise<string> {
  const answered = await answer.text();
  const code = text(answered, "Code");
  if (code)
    throw new RequestError({
      status: 500,
      trouble: "broken",
      message: text(answered, "Message") ?? code,
      code,
    });
  return answered;
}

function storedIn(answer: Response): StoredObject {
  const versionId = answer.headers.get("x-amz-version-id");
  return {
    etag: (answer.headers.get("etag") ?? "").replaceAll('"', ""),
    versionId: versionId === "null" ? null : versionId,
  };
}

const copySource = (source: Target): string => {
  const { versionId } = versioned(source);
  const version = versionId ? `?versionId=${encode(versionId)}` : "";
  return `/${source.bucket}/${encodeKey(source.key)}${version}`;
};

/** Browsers unpack what has a Content-Encoding, and fail where that is wrong or only the beginning was asked for. */
async function contentOf(answer: Response, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RequestError({
      status: answer.status,
      trouble: "refused",
      message: t.contentCameBut,
    });
  }
}

const SHOWN_TYPES: Record<string, string> = {
  apng: "image/apng",
  aac: "audio/aac",
  avif: "image/avif",
  bmp: "image/bmp",
  flac: "audio/flac",
  gif: "image/gif",
  ico: "image/x-icon",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  m4a: "audio/mp4",
  m4v: "video/mp4",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  ogv: "video/ogg",
  opus: "audio/ogg",
  png: "image/png",
  svg: "image/svg+xml",
  wav: "audio/wav",
  webm: "video/webm",
  webp: "image/webp",
};

/** Answers of stores that do not tell an object's tags. */
const WITHOUT_TAGS: ReadonlySet<number> = new Set([403, 404, 405, 501]);

const KEPT_HEADERS = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
  "x-amz-website-redirect-location",
];

function versioned({ versionId }: Target): Record<string, string> {
  return versionId && versionId !== "null" ? { versionId } : {};
}

function describe(answer: Response): ObjectHead {
  const meta: Record<string, string> = {};
  for (const [name, value] of answer.headers)
    if (name.startsWith("x-amz-meta-")) meta[name.slice("x-amz-meta-".length)] = value;
  const modified = answer.headers.get("last-modified");
  const kept = KEPT_HEADERS.flatMap(name => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    size: Number(answer.headers.get("content-length") ?? 0),
    contentType: answer.headers.get("content-type") ?? "",
    modified: modified ? new Date(modified) : null,
    etag: (answer.headers.get("etag") ?? "").replaceAll('"', ""),
    versionId: answer.headers.get("x-amz-version-id"),
    storageClass: answer.headers.get("x-amz-storage-class"),
    restore: answer.headers.get("x-amz-restore"),
    meta,
    kept: Object.fromEntries(kept),
  };
}

/** Metadata as the headers of a request that stores an object. */
export const metaHeaders = (meta: Record<string, string>) =>
  Object.fromEntries(Object.entries(meta).map(([name, value]) => [`x-amz-meta-${name}`, value]));

const messages = (): Record<string, string> => ({
  PreconditionFailed: t.fileChangedSomebody,
  AccessDenied: t.roleDoesNot,
  NoSuchKey: t.noSuchFile,
  NoSuchBucket: t.noSuchBucket,
  NoSuchVersion: t.versionFileGone,
});

export function refusalOf(status: number, body: string, retry: string | null): RequestError {
  const code = text(body, "Code");
  const said = text(body, "Message");
  const fallback = status === 404 ? t.noSuchFile : t.refusedHttp(who(), status);
  return new RequestError({
    // To S3 a credential that ended is a 400 or 403; to us it is no matter of permission.
    status,
    trouble: troubleOf(status),
    message: (code && messages()[code]) ?? said ?? fallback,
    retryAfter: retryAfter(retry),
    requestId: text(body, "RequestId"),
    code,
  });
}

async function refusal(answer: Response): Promise<RequestError> {
  return refusalOf(answer.status, await answer.text().catch(() => ""), answer.headers.get("Retry-After"));
}
