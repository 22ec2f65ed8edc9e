import { metaHeaders, type ObjectHead, type S3, type Target } from "@/s3/client";
import { encodeText, NEW_TEXT, type TextFile } from "./editable";

/** What a text that is saved again keeps of its object, besides the tags. */
export type SavedHead = Pick<ObjectHead, "etag" | "contentType" | "meta" | "kept" | "storageClass">;

/** As it was read or saved last. */
export interface StoredText extends TextFile {
  head: SavedHead;
}

const NEW_HEAD: SavedHead = { etag: "", contentType: "", meta: {}, kept: {}, storageClass: null };

/** Objects in these classes must be restored before they can be read. */
const ARCHIVES: ReadonlySet<string> = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** The headers that store an object as another was: its type, metadata, tags, storage class and what caches do with it. */
export async function keptHeaders(
  s3: S3,
  source: Target,
  { contentType, meta, kept, storageClass }: SavedHead,
): Promise<Record<string, string>> {
  // A browser has decoded the text, which is stored as it is.
  const { "content-encoding": _, ...others } = kept;
  return {
    ...metaHeaders(meta),
    ...others,
    ...(contentType && { "content-type": contentType }),
    ...(storageClass !== null && !ARCHIVES.has(storageClass) && { "x-amz-storage-class": storageClass }),
    ...(await s3.tagHeaders(source)),
  };
}

/**
 * Replaces an object by a text, or makes it. Unless forced, it must be as it was read, or must not be there: else S3
 * refuses with 412. Resolves to what is stored then.
 */
export async function putText(
  s3: S3,
  target: Target,
  text: string,
  {
    before,
    contentType = "text/plain; charset=utf-8",
    isForced = false,
  }: {
    /** Null for a new object. */
    before: StoredText | null;
    /** Of an object that has none. */
    contentType?: string;
    isForced?: boolean;
  },
): Promise<StoredText> {
  const file: TextFile = { ...(before ?? NEW_TEXT), text };
  const condition: Record<string, string> = isForced
    ? {}
    : before
      ? { "if-match": `"${before.head.etag}"` }
      : { "if-none-match": "*" };
  const kept = before ? await keptHeaders(s3, target, before.head) : {};
  const { etag } = await s3.put(target, encodeText(file), {
    "content-type": contentType,
    ...kept,
    ...condition,
  });
  return { ...file, head: { ...(before?.head ?? NEW_HEAD), etag } };
}
