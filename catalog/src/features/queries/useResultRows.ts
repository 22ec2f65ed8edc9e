/** The rows of a result that are in view, fetched page by page; while the query runs, its first ones. */
import { useQueries } from "@tanstack/react-query";
import { isRunning, type SqlQuery, sqlQueries } from "@/api/sqlQueries";
import { isPlain, type Question, rowsQuery } from "@/preview/table/question";
import type { Rows } from "@/preview/table/useRows";
import { useServices } from "@/s3/context";

const PAGE_ROWS = 200;

export function useResultRows(query: SqlQuery, question: Question, first: number, last: number): Rows {
  const services = useServices();
  const isPlainOrder = isPlain(question);
  const seed = isPlainOrder || isRunning(query) ? query.first_rows : [];
  const end = isPlainOrder ? query.rows : Infinity;
  const pages: number[] = [];
  if (query.state === "done")
    for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS <= last; page++)
      if (page * PAGE_ROWS < end && Math.min(end, (page + 1) * PAGE_ROWS) > seed.length) pages.push(page);
  const asked = { sort: rowsQuery(question).sort, where: rowsQuery(question).where };
  const found = useQueries({
    queries: pages.map(page => sqlQueries.rows(services, query.id, asked, page * PAGE_ROWS, PAGE_ROWS)),
  });
  const places = new Map((query.columns ?? []).map(({ name }, index) => [name, index] as const));
  const pageAt = new Map(pages.map((page, index) => [page, found[index]?.data] as const));
  const total = isPlainOrder
    ? query.state === "done"
      ? query.rows
      : null
    : (found.find(({ data }) => data)?.data?.total ?? null);
  const failed = found.filter(({ isError }) => isError);
  const known = Math.max(
    seed.length,
    ...pages.map((page, index) => page * PAGE_ROWS + (found[index]?.data?.rows.length ?? 0)),
  );
  return {
    cellAt: (row, column) => {
      const place = places.get(column);
      if (place === undefined) return undefined;
      const held =
        row < seed.length ? seed[row] : pageAt.get(Math.floor(row / PAGE_ROWS))?.rows[row % PAGE_ROWS];
      return held === undefined ? undefined : (held[place] ?? null);
    },
    total,
    known: total ?? known,
    isLoading: found.some(({ isPending }) => isPending),
    error: failed[0]?.error ?? null,
    retry: () => failed.forEach(each => void each.refetch()),
  };
}
