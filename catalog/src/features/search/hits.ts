/** Where a hit leads, and what distinguishes it from others. */
import type { FoundItem } from "@/api/models";
import { entryPath, packagePath, treePath } from "@/lib/paths";

export const hitName = (item: FoundItem) => (item.kind === "package" ? item.name : item.key);

export const hitKey = (item: FoundItem) =>
  `${item.kind} ${item.bucket} ${hitName(item)} ${item.kind === "package" ? item.pointer : ""}`;

/** `pinned`: to the revision that was found, where there may be several of a package. */
export function hitPath(item: FoundItem, pinned: boolean): string {
  if (item.kind === "object") return treePath(item.bucket, item.key);
  return pinned ? entryPath(item.bucket, item.name, item.top_hash) : packagePath(item.bucket, item.name);
}
