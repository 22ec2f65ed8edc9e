import type { ObjectHead } from "@/s3/client";

/** The object keeps its type and metadata. Without force, it must be as it was read, or must not be there. */
export function savingHeaders(
  head: ObjectHead | null,
  contentType = "text/plain; charset=utf-8",
  isForced = false,
): Record<string, string> {
  const kept = Object.fromEntries(
    Object.entries(head?.meta ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value]),
  );
  const condition: Record<string, string> = isForced
    ? {}
    : head
      ? { "if-match": `"${head.etag}"` }
      : { "if-none-match": "*" };
  const known = head === null || head.contentType === "" ? contentType : head.contentType;
  return { ...kept, ...condition, "content-type": known };
}
