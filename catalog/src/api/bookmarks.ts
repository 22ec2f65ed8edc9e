/** Files, folders and packages that a person keeps at hand. The registry keeps them, and the browser a copy to show at once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useApi } from "./context";
import { keys } from "./keys";
import { useMe } from "./queries";

/** Something in a bucket, or in a package of it. */
export interface Bookmark {
  bucket: string;
  /** Null for what is in the bucket itself. */
  package: string | null;
  /** A key or a path in the package. Folders end with a slash; a whole bucket or package is empty. */
  path: string;
}

const PREFIX = "patchwork.bookmarks ";
const NONE: readonly Bookmark[] = [];

/** One text for each place. */
export const bookmarkId = (bookmark: Bookmark): string =>
  JSON.stringify([bookmark.bucket, bookmark.package, bookmark.path]);

function parse(text: string | null): readonly Bookmark[] {
  if (text === null) return NONE;
  try {
    const found = JSON.parse(text) as unknown;
    return Array.isArray(found) ? found.filter(isBookmark) : NONE;
  } catch {
    return NONE;
  }
}

function isBookmark(value: unknown): value is Bookmark {
  const { bucket, package: name, path } = (value ?? {}) as Partial<Record<keyof Bookmark, unknown>>;
  return (
    typeof bucket === "string" && typeof path === "string" && (name === null || typeof name === "string")
  );
}

function readCopy(name: string): readonly Bookmark[] {
  try {
    return parse(localStorage.getItem(name));
  } catch {
    return NONE;
  }
}

function writeCopy(name: string, bookmarks: readonly Bookmark[]): void {
  try {
    localStorage.setItem(name, JSON.stringify(bookmarks));
  } catch {
    // Storage is off or full: there is no copy.
  }
}

/** The copies in this browser, which whoever signs in next need not see. */
export function forgetBookmarks(): void {
  try {
    for (const each of Object.keys(localStorage)) if (each.startsWith(PREFIX)) localStorage.removeItem(each);
  } catch {
    // Then there are none.
  }
}

const URL = "/api/v1/bookmarks";

interface Changing {
  add: readonly Bookmark[];
  remove: readonly Bookmark[];
}

function changed(all: readonly Bookmark[], { add, remove }: Changing): readonly Bookmark[] {
  const gone = new Set([...add, ...remove].map(bookmarkId));
  return [...add, ...all.filter(each => !gone.has(bookmarkId(each)))];
}

/** The newest first. */
export function useBookmarks() {
  const { client } = useApi();
  const queryClient = useQueryClient();
  const user = useMe().data?.current_user;
  const name = PREFIX + (user ?? "");
  const found = useQuery({
    queryKey: keys.bookmarks(),
    queryFn: async ({ signal }) => {
      const { items } = await client.call<{ items: readonly Bookmark[] }>(URL, { signal });
      writeCopy(name, items);
      return items;
    },
    enabled: user !== undefined,
    staleTime: 60_000,
  });
  const copy = useMemo(() => (user === undefined ? NONE : readCopy(name)), [user, name]);
  const all = found.data ?? copy;
  const ids = useMemo(() => new Set(all.map(bookmarkId)), [all]);
  const change = useMutation({
    mutationFn: (wanted: Changing) =>
      client.call<{ items: readonly Bookmark[] }>(URL, { method: "PATCH", body: wanted }),
    // Shown before the registry has it; when it refuses, what it has is shown again.
    onMutate: async wanted => {
      await queryClient.cancelQueries({ queryKey: keys.bookmarks() });
      queryClient.setQueryData(keys.bookmarks(), changed(all, wanted));
    },
    onSuccess: ({ items }) => {
      writeCopy(name, items);
      queryClient.setQueryData(keys.bookmarks(), items);
    },
    onError: () => queryClient.invalidateQueries({ queryKey: keys.bookmarks() }),
  });
  const isKnown = found.data !== undefined || copy.length > 0;
  return {
    all,
    /** What a list of them waits for: nothing where this browser has a copy. */
    query: {
      isPending: !isKnown && !found.isError,
      isError: found.isError,
      error: found.error,
      refetch: found.refetch,
    },
    error: change.error,
    has: (bookmark: Bookmark) => ids.has(bookmarkId(bookmark)),
    add: (more: readonly Bookmark[]) => change.mutate({ add: more, remove: [] }),
    remove: (gone: readonly Bookmark[]) => change.mutate({ add: [], remove: gone }),
  };
}
