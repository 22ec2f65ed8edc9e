/** What roles and policies permit: bucket, or `*` for every registered one, to level. */

export type Level = "READ" | "READ_WRITE";
export type Permissions = Record<string, Level>;
export const EVERY = "*";

export const LEVELS: Record<Level, string> = { READ: "Read", READ_WRITE: "Read and write" };

const named = (buckets: readonly string[]) =>
  buckets.includes(EVERY)
    ? "every bucket"
    : buckets.length > 2
      ? `${buckets.length} buckets`
      : buckets.join(" and ");

/** In a few words: "write raw, read every bucket". */
export function summary(permissions: Permissions): string {
  const of = (level: Level) =>
    Object.keys(permissions)
      .filter(bucket => permissions[bucket] === level)
      .toSorted();
  const [write, read] = [of("READ_WRITE"), of("READ")];
  if (write.includes(EVERY)) return "write every bucket";
  const parts = [write.length > 0 && `write ${named(write)}`, read.length > 0 && `read ${named(read)}`];
  return parts.filter(Boolean).join(", ") || "nothing";
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
