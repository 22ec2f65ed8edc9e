/** What roles and policies permit: bucket, or `*` for every registered one, to level. */

import { t } from "@/language/en/lib/identity";
import { perLanguage } from "@/language/language";

export type Level = "READ" | "READ_WRITE";
export type Permissions = Record<string, Level>;
export const EVERY = "*";

export const levels = (): Record<Level, string> => ({ READ: t.read, READ_WRITE: t.readWrite });

const joined = perLanguage(of => new Intl.ListFormat(of));

const named = (buckets: readonly string[]) =>
  buckets.includes(EVERY)
    ? t.everyBucket
    : buckets.length > 2
      ? t.bucketsBuckets(buckets.length)
      : joined().format(buckets);

/** In a few words: "write raw, read every bucket". */
export function summary(permissions: Permissions): string {
  const of = (level: Level) =>
    Object.keys(permissions)
      .filter(bucket => permissions[bucket] === level)
      .toSorted();
  const [write, read] = [of("READ_WRITE"), of("READ")];
  if (write.includes(EVERY)) return t.writeEveryBucket;
  const parts = [write.length > 0 && t.writeWrite(named(write)), read.length > 0 && t.readRead(named(read))];
  return parts.filter(Boolean).join(", ") || t.nothing;
}

/** The rows of a matrix: every bucket first, then those that there are, then those that are only named. */
export function rowsOf(permissions: Permissions, buckets: readonly string[]): string[] {
  const gone = Object.keys(permissions).filter(bucket => bucket !== EVERY && !buckets.includes(bucket));
  return [EVERY, ...buckets, ...gone.toSorted()];
}

export function withLevel(permissions: Permissions, bucket: string, level: Level | null): Permissions {
  const rest = Object.fromEntries(Object.entries(permissions).filter(([name]) => name !== bucket));
  return level ? { ...rest, [bucket]: level } : rest;
}
