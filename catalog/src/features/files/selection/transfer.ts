/** Copies, moves and deletes objects within S3; each one fails or succeeds by itself. */
import { t } from "@/language/en/features/files/selection";
import { errorMessage, RequestError } from "@/lib/errors";
import { count } from "@/lib/format";
import { metaHeaders, type S3, type Target } from "@/s3/client";

const GIB = 1_073_741_824;
/** S3 copies no more at once. */
export const MAX_WHOLE_COPY_BYTES = 5 * GIB;
const COPY_PART_BYTES = GIB;
const MAX_CONCURRENT_REQUESTS = 6;
const MAX_LISTED_OBJECTS = 10_000;

export interface TransferItem {
  source: Target;
  size: number;
  /** Below the place that it goes to. */
  path: string;
}

export interface TransferProgress {
  done: number;
  total: number;
  failed: readonly { path: string; reason: string }[];
}

/** Does the same with each item, a few at once, and says which ones failed. Throws what the signal was aborted with. */
async function workThrough<Item>(
  items: readonly Item[],
  pathOf: (item: Item) => string,
  act: (item: Item) => Promise<void>,
  report: (progress: TransferProgress) => void,
  signal: AbortSignal,
): Promise<TransferProgress> {
  let progress: TransferProgress = { done: 0, total: items.length, failed: [] };
  const update = (change: Partial<TransferProgress>) => {
    progress = { ...progress, ...change };
    report(progress);
  };
  update({});
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) {
      signal.throwIfAborted();
      try {
        await act(item);
        update({ done: progress.done + 1 });
      } catch (error) {
        signal.throwIfAborted();
        update({ failed: [...progress.failed, { path: pathOf(item), reason: errorMessage(error) }] });
      }
    }
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT_REQUESTS }, worker));
  return progress;
}

export function copyAll(
  s3: S3,
  items: readonly TransferItem[],
  to: { bucket: string; prefix: string },
  {
    isMove,
    report,
    signal,
  }: {
    isMove: boolean;
    report: (progress: TransferProgress) => void;
    signal: AbortSignal;
  },
): Promise<TransferProgress> {
  const act = async ({ source, size, path }: TransferItem) => {
    const target = { bucket: to.bucket, key: to.prefix + path };
    if (target.bucket === source.bucket && target.key === source.key)
      throw new RequestError({ status: 0, trouble: "refused", message: t.already2 });
    await copyObject(s3, source, target, size, signal);
    if (isMove) await s3.remove({ bucket: source.bucket, key: source.key }, signal);
  };
  return workThrough(items, item => item.path, act, report, signal);
}

/** Deletes objects; a key with a slash at its end stands for all below it. */
export async function removeAll(
  s3: S3,
  bucket: string,
  keys: readonly string[],
  report: (progress: TransferProgress) => void,
  signal: AbortSignal,
): Promise<TransferProgress> {
  const all = new Set<string>();
  for (const key of keys) {
    // A folder's own marker goes with it.
    all.add(key);
    if (key.endsWith("/"))
      for (const each of await s3.all(bucket, key, MAX_LISTED_OBJECTS, signal)) all.add(each.key);
  }
  const act = (key: string) => s3.remove({ bucket, key }, signal);
  return workThrough([...all], key => key, act, report, signal);
}

/** The copy has the object's metadata and tags, as S3 gives it to a copy that is made at once. */
export async function copyObject(
  s3: S3,
  source: Target,
  target: Target,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  if (size <= MAX_WHOLE_COPY_BYTES) {
    await s3.copy(source, target, signal);
    return;
  }
  const { contentType, meta, kept } = await s3.describe(source, signal);
  const headers = {
    ...metaHeaders(meta),
    ...kept,
    ...(contentType && { "content-type": contentType }),
    ...(await s3.tagHeaders(source, signal)),
  };
  const uploadId = await s3.startMultipart(target, headers, signal);
  try {
    const etags: string[] = [];
    for (let first = 0; first < size; first += COPY_PART_BYTES) {
      const last = Math.min(size, first + COPY_PART_BYTES) - 1;
      etags.push(
        await s3.copyPart(source, target, { uploadId, part: etags.length + 1, first, last }, signal),
      );
    }
    await s3.completeMultipart(target, uploadId, etags, signal);
  } catch (error) {
    await s3.abortMultipart(target, uploadId).catch(() => undefined);
    throw error;
  }
}

/** The objects that stand for folders, once nothing else is in them. */
export async function removeMarkers(
  s3: S3,
  bucket: string,
  keys: Iterable<string>,
  signal: AbortSignal,
): Promise<void> {
  for (const key of keys) {
    if (!key.endsWith("/")) continue;
    const { objects, next } = await s3.list(bucket, key, null, signal, true);
    if (next !== null || objects.some(each => !each.key.endsWith("/"))) continue;
    for (const each of objects) await s3.remove({ bucket, key: each.key }, signal);
  }
}

/**
 * The objects that were chosen in a folder; a key with a slash at its end stands for all below it. `sizes`: of objects
 * that were listed, by key, which need not be asked for.
 */
export async function itemsBelow(
  s3: S3,
  bucket: string,
  folder: string,
  keys: Iterable<string>,
  signal?: AbortSignal,
  sizes?: ReadonlyMap<string, number>,
): Promise<TransferItem[]> {
  const found: TransferItem[] = [];
  const add = (key: string, size: number) => {
    found.push({ source: { bucket, key }, size, path: key.slice(folder.length) });
    if (found.length > MAX_LISTED_OBJECTS)
      throw new RequestError({
        status: 0,
        trouble: "too-large",
        message: t.moreThanFilesChoose(count(MAX_LISTED_OBJECTS)),
      });
  };
  for (const key of keys)
    if (!key.endsWith("/")) add(key, sizes?.get(key) ?? (await s3.describe({ bucket, key }, signal)).size);
    else for (const each of await s3.all(bucket, key, MAX_LISTED_OBJECTS, signal)) add(each.key, each.size);
  return found;
}
