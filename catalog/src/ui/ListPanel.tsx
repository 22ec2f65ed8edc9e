/** Lists in all their states: on their way, failed, empty, or there and perhaps to be continued. */
import { type ReactNode, useState } from "react";
import { t } from "@/language/en/ui/parts";
import { type PagesQuery, useMore } from "@/lib/pages";
import { Button } from "./Button";
import { Panel } from "./Layout";
import { MoreFailed } from "./MoreFailed";
import { Failure, Loading } from "./States";
import { type Column, sorted, type Sorting, Table } from "./Table";

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

/** A panel with a table, which fetches more as its end comes into view. */
export function ListPanel<Row>({
  label,
  title,
  tools,
  note,
  table = label,
  query,
  loading,
  lines,
  rows,
  total,
  columns,
  id,
  sortable = false,
  order,
  minWidth,
  empty,
}: {
  label: string;
  title?: ReactNode;
  tools?: ReactNode;
  /** Above the list, whatever its state. */
  note?: ReactNode;
  /** The table's own name. */
  table?: string;
  query: ListQuery;
  loading: string;
  lines?: number;
  rows: readonly Row[];
  /** Of all rows, where it is known before they are there. */
  total?: number | undefined;
  columns: readonly Column<Row>[];
  id: (row: Row) => string;
  /** By the columns that have an order, once the list is whole. */
  sortable?: boolean;
  /** The order in which the rows come, and how to ask for another. */
  order?: { sorting: Sorting | null; onSort: (sorting: Sorting) => void } | undefined;
  minWidth?: number | undefined;
  empty: ReactNode;
}) {
  const more = useMore(query);
  const [sorting, setSorting] = useState<Sorting | null>(null);
  return (
    <Panel label={label} title={title} tools={tools}>
      {note}
      <ListStates query={query} loading={loading} lines={lines} count={rows.length} empty={empty}>
        <Table
          label={table}
          columns={columns}
          rows={sortable ? sorted(rows, columns, sorting) : rows}
          id={id}
          more={more}
          total={total}
          minWidth={minWidth}
          sorting={sorting}
          {...(sortable && !more ? { onSort: setSorting } : {})}
          {...order}
        />
      </ListStates>
    </Panel>
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
