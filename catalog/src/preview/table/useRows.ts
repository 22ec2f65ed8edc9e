/** The rows in view, fetched page by page. */
import { useQueries } from "@tanstack/react-query";
import { useServices } from "@/s3/context";
import type { Cell, RowsAnswer, TableAnswer } from "../answers";
import { useFile } from "../file";
import { PAGE_ROWS, readerQueries } from "../queries";
import { isPlain, type Question, rowsQuery } from "./question";

export interface Rows {
  /** Undefined while it is on its way. */
  cellAt: (row: number, column: string) => Cell | undefined;
  /** All that match; null when that is not known. */
  total: number | null;
  /** Rows that there are at least. */
  known: number;
  isLoading: boolean;
  error: unknown;
  retry: () => void;
}

interface RowPage {
  offset: number;
  names: ReadonlyMap<string, number>;
  rows: Cell[][];
}

const indexed = (columns: readonly { name: string }[]) =>
  new Map(columns.map(({ name }, index) => [name, index] as const));

/** The first rows came with the preview. */
const firstPage = ({ columns, rows }: TableAnswer): RowPage => ({ offset: 0, names: indexed(columns), rows });

/** The page with the last row; one that is empty may lie anywhere behind it. */
const isEnd = ({ rows, offset }: RowsAnswer) => rows.length < PAGE_ROWS && (rows.length > 0 || offset === 0);

export function useRows(question: Question, answer: TableAnswer, first: number, last: number): Rows {
  const services = useServices();
  const file = useFile();
  const seed = isPlain(question) ? firstPage(answer) : null;
  const held = seed ? (isWhole(answer) ? Infinity : answer.rows.length) : 0;
  const end = (seed && answer.total) ?? Infinity;
  const pages: number[] = [];
  for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS <= last; page++)
    if (page * PAGE_ROWS < end && Math.min(end, (page + 1) * PAGE_ROWS) > held) pages.push(page);
  const queries = useQueries({
    queries: pages.map(page => readerQueries.rows(services, file, rowsQuery(question), page)),
  });
  const loaded: RowPage[] = seed ? [seed] : [];
  let total = seed ? answer.total : null;
  let known = seed ? answer.rows.length : 0;
  for (const { data } of queries) {
    if (!data) continue;
    const after = data.offset + data.rows.length;
    loaded.push({ offset: data.offset, names: indexed(data.columns), rows: data.rows });
    total ??= data.total ?? (isEnd(data) ? after : null);
    known = Math.max(known, after);
  }
  const pageOf = (row: number) =>
    loaded.find(({ offset, rows }) => row >= offset && row < offset + rows.length);
  const failed = queries.filter(query => query.isError);
  return {
    cellAt: (row, column) => {
      const page = pageOf(row);
      const at = page?.names.get(column);
      return page && at !== undefined ? (page.rows[row - page.offset]?.[at] ?? null) : undefined;
    },
    total,
    known,
    isLoading: queries.some(query => query.isPending),
    error: failed[0]?.error ?? null,
    retry: () => failed.forEach(query => void query.refetch()),
  };
}

/** Small tables come whole with the preview. */
const isWhole = ({ total, rows }: TableAnswer) => total !== null && rows.length >= total;
