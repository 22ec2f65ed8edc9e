/** Lists that come page by page. */
import type { InfiniteData } from "@tanstack/react-query";
import { useCallback } from "react";

type Cursor = string | null;

/** How a list that ends with a cursor is asked for. */
export const paged = {
  initialPageParam: null as Cursor,
  getNextPageParam: (last: { next: Cursor }) => last.next,
};

export interface PagesQuery {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** Asks for the next page unless that is under way or has failed; undefined at the list's end. */
export function useMore({
  hasNextPage,
  isFetchingNextPage,
  isFetchNextPageError,
  fetchNextPage,
}: Partial<PagesQuery>): (() => void) | undefined {
  const more = useCallback(() => {
    if (!isFetchingNextPage && !isFetchNextPageError) void fetchNextPage?.();
  }, [isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  return hasNextPage ? more : undefined;
}

/** The items of each state of a list: put together once, not at every render. */
const gathered = new WeakMap<object, unknown[]>();

export function itemsOf<Item>(data: InfiniteData<{ items: Item[] }> | undefined): Item[] {
  if (!data) return [];
  const known = gathered.get(data.pages);
  if (known) return known as Item[];
  const items = data.pages.flatMap(page => page.items);
  gathered.set(data.pages, items);
  return items;
}
