import { useMemo, useState } from "react";
import type { SqlQuery } from "@/api/sqlQueries";
import { isRunning } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { questionFrom } from "@/preview/table/question";
import { TableExplorer, useRange } from "@/preview/table/TableExplorer";
import { changed } from "@/preview/viewState";
import { useResultRows } from "./useResultRows";

/** The rows of a query, to be sorted and filtered once they are all there. */
export function ResultTable({ query }: { query: SqlQuery }) {
  const [params, setParams] = useState(() => new URLSearchParams());
  const question = useMemo(() => questionFrom(params), [params]);
  const { asked, onRows } = useRange();
  const rows = useResultRows(query, question, asked.first, asked.last);
  return (
    <TableExplorer
      label={t.rowsResult}
      columns={query.columns ?? []}
      sample={query.first_rows}
      question={question}
      set={changes => setParams(now => changed(now, changes))}
      rows={rows}
      onRows={onRows}
      unfiltered={isRunning(query) ? null : query.rows}
      none={isRunning(query) ? t.firstRowsWay : t.queryFoundNo}
    />
  );
}
