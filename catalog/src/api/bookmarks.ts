/** Files, folders and packages that a person keeps at hand. They are kept in the browser, for each person by themselves. */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { useMe } from "./queries";

/** Something in a bucket, or in a package of it. */
export interface Bookmark {
  bucket: string;
  /** Null for what is in the bucket itself. */
  package: string | null;
  /** A key or a path in the package. Folders end with a slash; a whole bucket or package is empty. */
  path: string;
}

export const MAX_BOOKMARKS = 1_000;

const PREFIX = "patchwork.bookmarks ";
const CHANGED = "patchwork-bookmarks";
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

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function subscribe(changed: () => void): () => void {
  addEventListener(CHANGED, changed);
  // Other windows of the same browser.
  addEventListener("storage", changed);
  return () => {
    removeEventListener(CHANGED, changed);
    removeEventListener("storage", changed);
  };
}

/** The newest first. */
export function useBookmarks() {
  const user = useMe().data?.current_user;
  const name = PREFIX + (user ?? "");
  const text = useSyncExternalStore(subscribe, () => (user === undefined ? null : read(name)));
  const all = useMemo(() => parse(text), [text]);
  const ids = useMemo(() => new Set(all.map(bookmarkId)), [all]);
  const write = useCallback(
    (next: readonly Bookmark[]) => {
      try {
        localStorage.setItem(name, JSON.stringify(next.slice(0, MAX_BOOKMARKS)));
      } catch {
        // Storage is off or full: nothing is kept.
      }
      dispatchEvent(new Event(CHANGED));
    },
    [name],
  );
  return {
    all,
    has: (bookmark: Bookmark) => ids.has(bookmarkId(bookmark)),
    add: (more: readonly Bookmark[]) => {
      const added = new Set(more.map(bookmarkId));
      write([...more, ...parse(read(name)).filter(each => !added.has(bookmarkId(each)))]);
    },
    remove: (gone: readonly Bookmark[]) => {
      const removed = new Set(gone.map(bookmarkId));
      write(parse(read(name)).filter(each => !removed.has(bookmarkId(each))));
    },
  };
}
