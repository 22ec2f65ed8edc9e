/** A panel with a table, in all states of its list. */
import { type ReactNode, useState } from "react";
import { useMore } from "@/lib/pages";
import { Panel } from "./Layout";
import { type ListQuery, ListStates } from "./ListStates";
import { type Column, sorted, type Sorting, Table } from "./Table";

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
