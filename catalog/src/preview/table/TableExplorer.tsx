/** Rows and columns with what can be asked of them: an order, filters, the choice of columns, the whole of a cell. */
import { Columns3, X } from "lucide-react";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { t } from "@/language/en/preview/table";
import { count } from "@/lib/format";
import { Button, IconButton } from "@/ui/Button";
import { useCopy } from "@/ui/Copy";
import { Failure } from "@/ui/States";
import { useLater } from "@/ui/useLater";
import type { Cell, Column, ColumnStatistics } from "../answers";
import { Tools } from "../Tools";
import type { SetView } from "../viewState";
import { barsOf } from "./bars";
import { CellPanel, ColumnPanel, ColumnsPanel } from "./Panels";
import { type CellLook, Grid, type GridPlace } from "./Grid";
import {
  added,
  type Condition,
  conditionText,
  listParameter,
  nextSort,
  type Question,
  type Sort,
  sortParameter,
} from "./question";
import type { Rows } from "./useRows";
import { columnWidths } from "./widths";
import styles from "./TableExplorer.module.css";

const SCROLL_MILLISECONDS = 120;
const ROWS_AT_FIRST = 40;

type Side =
  | { kind: "column"; name: string }
  | { kind: "cell"; place: GridPlace }
  | { kind: "columns" }
  | null;

/** The rows in view, a moment after they have come into it. */
export function useRange() {
  const [range, setRange] = useState({ first: 0, last: ROWS_AT_FIRST });
  const onRows = useCallback((first: number, last: number) => setRange({ first, last }), []);
  return { asked: useLater(range, SCROLL_MILLISECONDS), onRows };
}

export interface Statistics {
  known: ReadonlyMap<string, ColumnStatistics> | null;
  isComputing: boolean;
  /** Null when that is under way or done. */
  compute: (() => void) | null;
}

export function TableExplorer({
  label,
  columns: all,
  sample,
  question,
  set,
  rows,
  onRows,
  unfiltered = null,
  statistics = null,
  look,
  tools,
  toolsBefore,
  none = t.tableNoRows,
}: {
  label: string;
  columns: readonly Column[];
  /** Rows by which columns get their widths. */
  sample: readonly (readonly Cell[])[];
  question: Question;
  set: SetView;
  rows: Rows;
  onRows: (first: number, last: number) => void;
  /** How many rows there are without the filters. */
  unfiltered?: number | null;
  /** Null: there are none to be had. */
  statistics?: Statistics | null;
  look?: ((row: number, column: string) => CellLook | null) | undefined;
  /** Beside the choice of columns, and before the count of rows. */
  tools?: ReactNode;
  toolsBefore?: ReactNode;
  /** What a table without rows and filters says. */
  none?: string;
}) {
  const [side, setSide] = useState<Side>(null);
  const [at, setAt] = useState<GridPlace>({ row: 0, column: 0 });
  const reached = useReached(JSON.stringify([question.where, question.table]), rows.total, rows.known);
  const columns = useMemo(
    () => all.filter(({ name }) => question.columns?.includes(name) ?? true),
    [all, question.columns],
  );
  const widths = useMemo(() => {
    const places = columns.map(column => all.indexOf(column));
    return columnWidths(
      columns,
      sample.map(row => places.map(place => row[place] ?? null)),
    );
  }, [all, sample, columns]);
  const { run: copy, copied, failed } = useCopy();
  const sortBy = (sort: Sort | null) => set({ sort: sortParameter(sort) });
  const filterBy = (where: readonly Condition[]) => {
    set({ where: listParameter(where) }, { step: true });
    setAt({ row: 0, column: at.column });
  };
  const addFilter = (more: readonly Condition[]) => filterBy(added(question.where, more));
  const known = statistics?.known ?? null;
  const sideColumn = side?.kind === "column" ? all.find(({ name }) => name === side.name) : undefined;
  const atColumn = columns[at.column];
  return (
    <>
      <Toolbar
        question={question}
        rows={{ ...rows, count: reached }}
        shown={columns.length}
        columns={all.length}
        unfiltered={unfiltered}
        before={toolsBefore}
        onWhere={filterBy}
        onColumns={() => setSide(side?.kind === "columns" ? null : { kind: "columns" })}
      >
        {tools}
      </Toolbar>
      {rows.error !== null && <Failure error={rows.error} retry={rows.retry} />}
      <div className={styles.split} data-open={side !== null || undefined}>
        <div className={styles.main}>
          <Grid
            label={label}
            columns={columns}
            widths={widths}
            count={reached}
            isClosed={rows.total !== null}
            cellAt={rows.cellAt}
            statistics={known}
            sort={question.sort}
            look={look}
            at={at}
            onMove={setAt}
            onSort={name => sortBy(nextSort(question.sort, name))}
            onColumn={name => setSide({ kind: "column", name })}
            onCell={place => setSide({ kind: "cell", place })}
            onBar={(name, bar) => {
              const found = known?.get(name);
              addFilter((found && barsOf(found)[bar]?.where) ?? []);
            }}
            onCopy={copy}
            onRows={onRows}
          />
          {reached === 0 && !rows.isLoading && rows.error === null && (
            <p className={styles.none}>{question.where.length > 0 ? t.noRowAll : none}</p>
          )}
        </div>
        {side && (
          <section className={styles.side} aria-label={t.details}>
            <IconButton label={t.closeDetails} className={styles.close} onClick={() => setSide(null)}>
              <X size={15} />
            </IconButton>
            {side.kind === "column" && sideColumn && (
              <ColumnPanel
                key={side.name}
                column={sideColumn}
                statistics={known?.get(side.name)}
                isComputing={statistics?.isComputing ?? false}
                compute={statistics?.compute ?? null}
                sort={question.sort?.column === side.name ? question.sort : null}
                onSort={sortBy}
                onFilter={addFilter}
              />
            )}
            {side.kind === "cell" && atColumn && (
              <CellPanel
                column={atColumn}
                row={at.row}
                value={rows.cellAt(at.row, atColumn.name)}
                before={look?.(at.row, atColumn.name)?.before}
                onFilter={addFilter}
              />
            )}
            {side.kind === "columns" && (
              <ColumnsPanel
                columns={all}
                chosen={question.columns}
                onChange={chosen => {
                  set({ columns: chosen && listParameter(chosen) });
                  setAt({ row: at.row, column: 0 });
                }}
              />
            )}
          </section>
        )}
      </div>
      <span role="status" className="hidden">
        {copied ? t.copied : failed ? t.couldNotCopy : ""}
      </span>
    </>
  );
}

/** How many rows can be scrolled to: all, or some more than were seen. */
function useReached(question: string, total: number | null, known: number): number {
  const [reached, setReached] = useState({ question, known });
  const now = reached.question === question ? Math.max(reached.known, known) : known;
  if (reached.question !== question || now !== reached.known) setReached({ question, known: now });
  if (total !== null) return total;
  return now;
}

function Toolbar({
  question,
  rows,
  shown,
  columns,
  unfiltered,
  before,
  onWhere,
  onColumns,
  children,
}: {
  question: Question;
  rows: { count: number; total: number | null; isLoading: boolean };
  shown: number;
  columns: number;
  unfiltered: number | null;
  before: ReactNode;
  onWhere: (where: readonly Condition[]) => void;
  onColumns: () => void;
  children: ReactNode;
}) {
  const all = rows.total === null ? t.rowsMore(count(rows.count)) : t.rowsTotal(rows.total);
  const isFiltered = question.where.length > 0;
  return (
    <Tools>
      {before}
      <span className={styles.total} role="status">
        {rows.isLoading && rows.count === 0
          ? t.reading
          : isFiltered && unfiltered !== null
            ? t.ofAllUnfiltered(all, count(unfiltered))
            : all}
        {", "}
        {shown < columns ? t.columnShownColumns(count(shown), columns) : t.columnsShown(shown)}
      </span>
      {question.where.map((condition, index) => (
        <Button
          key={index}
          small
          icon={<X size={13} />}
          aria-label={t.removeFilter(conditionText(condition))}
          onClick={() => onWhere(question.where.filter(each => each !== condition))}
        >
          <span className={styles.condition}>{conditionText(condition)}</span>
        </Button>
      ))}
      {question.where.length > 1 && (
        <Button small kind="quiet" onClick={() => onWhere([])}>
          {t.removeAllFilters}
        </Button>
      )}
      <span className={styles.space} />
      {children}
      <Button small icon={<Columns3 size={14} />} onClick={onColumns}>
        {t.columns}
      </Button>
    </Tools>
  );
}
