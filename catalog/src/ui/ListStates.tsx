/** Lists in all their states: on their way, failed, empty, or there and perhaps to be continued. */
import type { ReactNode } from "react";
import { t } from "@/language/en/ui/parts";
import type { PagesQuery } from "@/lib/pages";
import { Button } from "./Button";
import { MoreFailed } from "./MoreFailed";
import { Failure, Loading } from "./States";

/** The query of a whole list, or of one that comes page by page. */
export interface ListQuery extends Partial<PagesQuery> {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
}

/** What there is stays in sight when its next page, or a renewal, fails. */
export function ListStates({
  query,
  loading,
  lines = 6,
  count,
  empty,
  children,
}: {
  query: ListQuery;
  loading: string;
  lines?: number;
  /** How many items there are so far. */
  count: number;
  empty: ReactNode;
  children: ReactNode;
}) {
  if (query.isPending) return <Loading rows={lines} label={loading} />;
  if (query.isError && count === 0) return <Failure error={query.error} retry={query.refetch} />;
  return (
    <>
      {count === 0 ? empty : children}
      <MoreFailed query={query} />
    </>
  );
}

/** The next page at a press, for lists that are not tables. */
export function MoreButton({
  query,
  label = t.more,
  small = false,
  quiet = false,
}: {
  query: PagesQuery;
  label?: string;
  small?: boolean;
  quiet?: boolean;
}) {
  if (!query.hasNextPage || query.isFetchNextPageError) return null;
  return (
    <Button
      small={small}
      kind={quiet ? "quiet" : "plain"}
      busy={query.isFetchingNextPage}
      onClick={() => void query.fetchNextPage()}
    >
      {label}
    </Button>
  );
}
