import { metaHeaders, type ObjectHead } from "@/s3/client";

/** What a text that is saved again keeps of its object. */
export type SavedHead = Pick<ObjectHead, "etag" | "contentType" | "meta">;

/** The object keeps its type and metadata. Without force, it must be as it was read, or must not be there. */
export function savingHeaders(
  head: SavedHead | null,
  contentType = "text/plain; charset=utf-8",
  isForced = false,
): Record<string, string> {
  const condition: Record<string, string> = isForced
    ? {}
    : head
      ? { "if-match": `"${head.etag}"` }
      : { "if-none-match": "*" };
  const known = head === null || head.contentType === "" ? contentType : head.contentType;
  return { ...metaHeaders(head?.meta ?? {}), ...condition, "content-type": known };
}
