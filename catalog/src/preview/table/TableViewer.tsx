/** All rows of a table, page by page, with what is known about its columns. */
import { useQuery } from "@tanstack/react-query";
import { Columns3, Sigma, X } from "lucide-react";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { bytes, count, counted } from "@/lib/format";
import { nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Button, IconButton } from "@/ui/Button";
import { useCopy } from "@/ui/Copy";
import { Failure, Notice } from "@/ui/States";
import { errorMessage } from "@/lib/errors";
import { useLater } from "@/ui/useLater";
import type { Answer, TableAnswer } from "../answers";
import { useFile } from "../file";
import { readerQueries } from "../queries";
import { Tools } from "../Tools";
import { useView } from "../viewState";
import { barsOf } from "./bars";
import { CellPanel, ColumnPanel, ColumnsPanel } from "./Panels";
import { Grid, type GridPlace } from "./Grid";
import {
  added,
  type Condition,
  conditionText,
  listParameter,
  nextSort,
  type Question,
  questionFrom,
  type Sort,
  sortParameter,
} from "./question";
import { useRows } from "./useRows";
import { columnWidths } from "./widths";
import styles from "./TableViewer.module.css";

/** Statistics of larger files are computed when somebody wants them. */
const MAX_UNASKED_BYTES = 50_000_000;
const SCROLL_MILLISECONDS = 120;
const ROWS_AT_FIRST = 40;

type Side =
  | { kind: "column"; name: string }
  | { kind: "cell"; place: GridPlace }
  | { kind: "columns" }
  | null;

export default function TableViewer({ answer }: { answer: Answer }) {
  if (answer.kind !== "table") return null;
  if (answer.columns.length === 0) return <Notice>The table has no columns.</Notice>;
  // Another sheet is another table: where one was in it means nothing.
  return <Shown key={answer.table ?? ""} answer={answer} />;
}

function Shown({ answer }: { answer: TableAnswer }) {
  const file = useFile();
  const services = useServices();
  const { params, set } = useView();
  const question = useMemo(() => questionFrom(params), [params]);
  const [side, setSide] = useState<Side>(null);
  const [at, setAt] = useState<GridPlace>({ row: 0, column: 0 });
  const [range, setRange] = useState({ first: 0, last: ROWS_AT_FIRST });
  const onRows = useCallback((first: number, last: number) => setRange({ first, last }), []);
  const asked = useLater(range, SCROLL_MILLISECONDS);
  const rows = useRows(question, answer, asked.first, asked.last);
  const reached = useReached(JSON.stringify([question.where, question.table]), rows.total, rows.known);

  const columns = useMemo(
    () => answer.columns.filter(({ name }) => question.columns?.includes(name) ?? true),
    [answer.columns, question.columns],
  );
  const widths = useMemo(() => {
    const places = columns.map(column => answer.columns.indexOf(column));
    return columnWidths(
      columns,
      answer.rows.map(row => places.map(place => row[place] ?? null)),
    );
  }, [answer, columns]);

  const [wantsStatistics, setWantsStatistics] = useState(file.size <= MAX_UNASKED_BYTES);
  const statistics = useQuery({
    ...readerQueries.statistics(services, file, { table: question.table }),
    enabled: wantsStatistics && answer.columns.length > 0,
  });
  const known = useMemo(
    () => (statistics.data ? new Map(statistics.data.columns.map(each => [each.name, each] as const)) : null),
    [statistics.data],
  );

  const { run: copy, copied, failed } = useCopy();
  const sortBy = (sort: Sort | null) => set({ sort: sortParameter(sort) });
  const filterBy = (where: readonly Condition[]) => {
    set({ where: listParameter(where) }, { step: true });
    setAt({ row: 0, column: at.column });
  };
  const addFilter = (more: readonly Condition[]) => filterBy(added(question.where, more));
  const sideColumn =
    side?.kind === "column" ? answer.columns.find(({ name }) => name === side.name) : undefined;
  const atColumn = columns[at.column];
  return (
    <div className={styles.viewer}>
      <Toolbar
        answer={answer}
        question={question}
        rows={{ ...rows, count: reached }}
        shown={columns.length}
        onTable={table => set({ table, sort: null, where: null, columns: null }, { step: true })}
        onWhere={filterBy}
        onColumns={() => setSide(side?.kind === "columns" ? null : { kind: "columns" })}
        statistics={
          wantsStatistics ? null : (
            <Button small icon={<Sigma size={14} />} onClick={() => setWantsStatistics(true)}>
              Statistics of {bytes(file.size)}
            </Button>
          )
        }
      />
      {statistics.isError && (
        <Notice kind="warn">The statistics cannot be computed: {errorMessage(statistics.error)}</Notice>
      )}
      {rows.error !== null && <Failure error={rows.error} retry={rows.retry} />}
      <div className={styles.split} data-open={side !== null || undefined}>
        <div className={styles.main}>
          <Grid
            label={`Table of ${nameOf(file.name)}`}
            columns={columns}
            widths={widths}
            count={reached}
            isClosed={rows.total !== null}
            cellAt={rows.cellAt}
            statistics={known}
            sort={question.sort}
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
            <p className={styles.none}>
              {question.where.length > 0 ? "No row has all of these values." : "The table has no rows."}
            </p>
          )}
        </div>
        {side && (
          <section className={styles.side} aria-label="Details">
            <IconButton label="Close details" className={styles.close} onClick={() => setSide(null)}>
              <X size={15} />
            </IconButton>
            {side.kind === "column" && sideColumn && (
              <ColumnPanel
                key={side.name}
                column={sideColumn}
                statistics={known?.get(side.name)}
                isComputing={statistics.isFetching}
                compute={wantsStatistics ? null : () => setWantsStatistics(true)}
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
                onFilter={addFilter}
              />
            )}
            {side.kind === "columns" && (
              <ColumnsPanel
                columns={answer.columns}
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
        {copied ? "Copied" : failed ? "Could not copy" : ""}
      </span>
    </div>
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
  answer,
  question,
  rows,
  shown,
  statistics,
  onTable,
  onWhere,
  onColumns,
}: {
  answer: TableAnswer;
  question: Question;
  rows: { count: number; total: number | null; isLoading: boolean };
  shown: number;
  statistics: ReactNode;
  onTable: (table: string) => void;
  onWhere: (where: readonly Condition[]) => void;
  onColumns: () => void;
}) {
  const tables = answer.tables ?? [];
  const all = rows.total === null ? `${count(rows.count)} rows and more` : counted(rows.total, "row");
  const isFiltered = question.where.length > 0;
  return (
    <Tools>
      {tables.length > 1 && (
        <select
          className={styles.tables}
          aria-label="Table of the file"
          value={answer.table ?? tables[0]}
          onChange={event => onTable(event.target.value)}
        >
          {tables.map(name => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      <span className={styles.total} role="status">
        {rows.isLoading && rows.count === 0
          ? "Reading…"
          : isFiltered && answer.total !== null
            ? `${all} of ${count(answer.total)}`
            : all}
        {", "}
        {shown < answer.columns.length
          ? `${count(shown)} of ${counted(answer.columns.length, "column")}`
          : counted(shown, "column")}
      </span>
      {question.where.map((condition, index) => (
        <Button
          key={index}
          small
          icon={<X size={13} />}
          aria-label={`Remove the filter ${conditionText(condition)}`}
          onClick={() => onWhere(question.where.filter(each => each !== condition))}
        >
          <span className={styles.condition}>{conditionText(condition)}</span>
        </Button>
      ))}
      {question.where.length > 1 && (
        <Button small kind="quiet" onClick={() => onWhere([])}>
          Remove all filters
        </Button>
      )}
      <span className={styles.space} />
      {statistics}
      <Button small icon={<Columns3 size={14} />} onClick={onColumns}>
        Columns
      </Button>
    </Tools>
  );
}
