/** The preferences of a bucket, which are an object in it. */
import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { useBucket } from "@/api/queries";
import { type BucketPreferences, DEFAULT_PREFERENCES, readPreferences } from "@/lib/preferences";
import { type Services, useServices } from "./context";

const FOLDER = ".quilt/catalog/";
export const PREFERENCES_KEYS = [`${FOLDER}config.yaml`, `${FOLDER}config.yml`] as const;
const MAX_PREFERENCES_BYTES = 102_400;

/** How long others may see what was before. */
const STALE_MILLISECONDS = 60_000;
const STORED = "patchwork.no-preferences ";

/** When a bucket was last seen without preferences in this tab: most have none, and need not be listed for each page. */
function seenWithout(bucket: string): number {
  try {
    return Number(sessionStorage.getItem(STORED + bucket) ?? 0);
  } catch {
    return 0;
  }
}

function noteWithout(bucket: string, isWithout: boolean): void {
  try {
    if (isWithout) sessionStorage.setItem(STORED + bucket, String(Date.now()));
    else sessionStorage.removeItem(STORED + bucket);
  } catch {
    // Storage is off: the bucket is listed again.
  }
}

export function forgetPreferences(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(STORED)) sessionStorage.removeItem(key);
  } catch {
    // Then there is nothing to forget.
  }
}

/** Asks for a bucket's preferences again if they may be among the objects that were written or removed: one, or all below a prefix. */
export async function preferencesChanged(
  queryClient: QueryClient,
  bucket: string,
  ...changed: readonly string[]
): Promise<void> {
  if (!changed.some(each => PREFERENCES_KEYS.some(key => key.startsWith(each)))) return;
  await queryClient.invalidateQueries({ queryKey: keys.preferencesKey(bucket) });
  await queryClient.invalidateQueries({ queryKey: keys.preferences(bucket) });
}

/** The key that a bucket's preferences have, or null. */
export const preferencesKeyQuery = ({ s3 }: Services, bucket: string) =>
  queryOptions({
    queryKey: keys.preferencesKey(bucket),
    queryFn: async ({ signal }) => {
      const { objects } = await s3.list(bucket, FOLDER, null, signal);
      const found = PREFERENCES_KEYS.find(key => objects.some(each => each.key === key)) ?? null;
      noteWithout(bucket, found === null);
      return found;
    },
    initialData: () => (seenWithout(bucket) > 0 ? null : undefined),
    initialDataUpdatedAt: () => seenWithout(bucket),
    staleTime: STALE_MILLISECONDS,
    retry: false,
  });

const preferencesQuery = ({ s3 }: Services, bucket: string, key: string | null | undefined) =>
  queryOptions({
    queryKey: keys.preferences(bucket, key ?? ""),
    queryFn: async ({ signal }): Promise<BucketPreferences> => {
      const { bytes } = await s3.head({ bucket, key: key ?? "" }, MAX_PREFERENCES_BYTES, signal);
      return (await parsePreferences(new TextDecoder().decode(bytes))).preferences;
    },
    enabled: typeof key === "string",
    staleTime: STALE_MILLISECONDS,
    retry: false,
  });

/** Throws a YAMLException. */
export async function parsePreferences(text: string) {
  const { JSON_SCHEMA, load } = await import("js-yaml");
  return readPreferences(load(text, { schema: JSON_SCHEMA }));
}

/** What the bucket's pages show. What cannot be read has no effect. */
export function useBucketPreferences(bucket: string): BucketPreferences {
  const services = useServices();
  const { data: about } = useBucket(bucket);
  const key = useQuery({
    ...preferencesKeyQuery(services, bucket),
    // Who only sees packages of the bucket cannot read it.
    enabled: about !== undefined && about.level !== null,
  });
  const found = useQuery(preferencesQuery(services, bucket, key.data));
  return found.data ?? DEFAULT_PREFERENCES;
}
