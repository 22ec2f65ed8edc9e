/** Files from this machine into a bucket: whole when small, in parts when large, with progress. */
import { noAnswer } from "@/api/transport";
import { t } from "@/language/en/services/files";
import { isPassing, RequestError } from "@/lib/errors";
import { refusalOf, type S3, type Target } from "./client";

const MB = 1_048_576;
/** S3 takes no more parts than this. */
const MAX_PARTS = 10_000;
const MAX_CONCURRENT_PARTS = 4;
const MAX_TRIES = 4;
export const WHOLE_UP_TO = 16 * MB;

/** Bytes per part: 8 MiB, more when that were too many parts. */
export function partSize(size: number): number {
  return Math.max(8 * MB, Math.ceil(size / MAX_PARTS / MB) * MB);
}

/** Calls `progress` with the bytes sent so far. Throws a RequestError, or what `signal` was aborted with. */
export async function upload(
  s3: S3,
  target: Target,
  file: File,
  progress: (sent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const contentType = file.type || "application/octet-stream";
  if (file.size <= WHOLE_UP_TO) {
    await persist(
      () => send(s3, target, {}, file, { "content-type": contentType }, progress, signal),
      signal,
    );
    return;
  }
  const uploadId = await s3.startMultipart(target, { "content-type": contentType }, signal);
  try {
    const etags = await sendParts(s3, target, uploadId, file, progress, signal);
    await s3.completeMultipart(target, uploadId, etags, signal);
  } catch (error) {
    await s3.abortMultipart(target, uploadId).catch(() => undefined);
    throw error;
  }
}

async function sendParts(
  s3: S3,
  target: Target,
  uploadId: string,
  file: File,
  progress: (sent: number) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const size = partSize(file.size);
  const parts = Math.ceil(file.size / size);
  const sent = new Array<number>(parts).fill(0);
  const etags = new Array<string>(parts).fill("");
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let next = 0;
  const worker = async () => {
    for (let part = next++; part < parts; part = next++) {
      const body = file.slice(part * size, (part + 1) * size);
      const query = { partNumber: String(part + 1), uploadId };
      const report = (bytes: number) => {
        sent[part] = bytes;
        progress(sent.reduce((total, each) => total + each, 0));
      };
      etags[part] = await persist(() => send(s3, target, query, body, {}, report, either), either);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT_PARTS, parts) }, worker));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
  return etags;
}

async function persist<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried++)
    try {
      return await attempt();
    } catch (error) {
      if (tried === MAX_TRIES || signal.aborted || !(isPassing(error) || isThrottled(error))) throw error;
      const wait = error instanceof RequestError && error.retryAfter ? error.retryAfter : 2 ** tried / 2;
      await pause(Math.min(wait, 30) * 1000, signal);
    }
}

const isThrottled = (error: unknown) => error instanceof RequestError && error.trouble === "too-many";

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

/** Resolves to the ETag. */
async function send(
  s3: S3,
  target: Target,
  query: Record<string, string>,
  body: Blob,
  headers: Record<string, string>,
  progress: (sent: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const prepared = await s3.prepare(target, "PUT", query, headers);
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", prepared.url);
    for (const [name, value] of Object.entries(prepared.headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", event => progress(event.loaded));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) {
        progress(body.size);
        resolve(request.getResponseHeader("etag") ?? "");
      } else
        reject(refusalOf(request.status, request.responseText, request.getResponseHeader("retry-after")));
    });
    request.addEventListener("error", () => void noAnswer(prepared.url, t.fileStore).then(reject));
    const stop = () => request.abort();
    request.addEventListener("abort", () => reject(signal.reason as Error));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
    signal.addEventListener("abort", stop);
    request.send(body);
  });
}
