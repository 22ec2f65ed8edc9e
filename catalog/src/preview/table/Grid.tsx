/** Rows and columns, of which only those in view exist; one cell at a time has the keyboard. */
import { type KeyboardEvent, useEffect, useId, useMemo, useRef } from "react";
import { t } from "@/language/en/preview/table";
import type { Cell, Column, ColumnStatistics } from "../answers";
import { ColumnHead } from "./ColumnHead";
import { cellText, isNumeric, type Sort } from "./question";
import { ROW_HEIGHT, useScrolling } from "./scrolling";
import { beginnings, columnsBetween } from "./widths";
import styles from "./Grid.module.css";

const NUMBER_WIDTH = 64;
const HEAD_HEIGHT = 34;
const HEAD_HEIGHT_WITH_STATISTICS = 76;

/** `row` −1: the heads. */
export interface GridPlace {
  row: number;
  column: number;
}

/** A cell that differs from another: what it was before, and how its row differs. */
export interface CellLook {
  change: "added" | "removed" | "changed" | null;
  /** Undefined unless this cell has changed. */
  before?: Cell | undefined;
}

export interface GridProps {
  label: string;
  columns: readonly Column[];
  widths: readonly number[];
  /** Rows that can be scrolled to. */
  count: number;
  /** Whether these are all. */
  isClosed: boolean;
  cellAt: (row: number, column: string) => Cell | undefined;
  statistics: ReadonlyMap<string, ColumnStatistics> | null;
  sort: Sort | null;
  look?: ((row: number, column: string) => CellLook | null) | undefined;
  at: GridPlace;
  onMove: (to: GridPlace) => void;
  onSort: (column: string) => void;
  onColumn: (column: string) => void;
  onCell: (place: GridPlace) => void;
  onBar: (column: string, bar: number) => void;
  onCopy: (text: string) => void;
  onRows: (first: number, last: number) => void;
}

export function Grid(props: GridProps) {
  const { columns, widths, count, cellAt, statistics, sort, look, at, onMove, onRows } = props;
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const headHeight = statistics ? HEAD_HEIGHT_WITH_STATISTICS : HEAD_HEIGHT;
  const view = useScrolling(root, count, headHeight);
  const starts = useMemo(() => beginnings(widths), [widths]);
  const total = NUMBER_WIDTH + (starts.at(-1) ?? 0);
  const [from, to] = columnsBetween(starts, view.left - 200, view.left + view.width);
  const shown = columns.slice(from, to);
  const { first, last } = view;
  useEffect(() => onRows(first, last), [onRows, first, last]);

  const show = ({ row, column }: GridPlace) => {
    if (row >= 0) view.showRow(row);
    const element = root.current;
    const [start = 0, end = 0] = [starts[column], starts[column + 1]];
    if (!element) return;
    if (start < element.scrollLeft) element.scrollLeft = start;
    else if (end + NUMBER_WIDTH > element.scrollLeft + element.clientWidth)
      element.scrollLeft = end + NUMBER_WIDTH - element.clientWidth;
  };
  const onKey = (event: KeyboardEvent) => {
    const column = columns[at.column];
    const end = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor(view.rowsInView) - 1);
    const bound = (row: number) => Math.max(-1, Math.min(count - 1, row));
    const moves: Record<string, GridPlace> = {
      ArrowDown: { ...at, row: bound(at.row + 1) },
      ArrowUp: { ...at, row: bound(at.row - 1) },
      ArrowLeft: { ...at, column: Math.max(0, at.column - 1) },
      ArrowRight: { ...at, column: Math.min(columns.length - 1, at.column + 1) },
      PageDown: { ...at, row: bound(at.row + page) },
      PageUp: { ...at, row: Math.max(0, bound(at.row - page)) },
      Home: { row: end ? 0 : at.row, column: 0 },
      End: { row: end ? count - 1 : at.row, column: columns.length - 1 },
    };
    const move = moves[event.key];
    if (move && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      onMove(move);
      show(move);
    } else if (event.key === "c" && end && column && at.row >= 0 && getSelection()?.isCollapsed !== false) {
      event.preventDefault();
      props.onCopy(cellText(cellAt(at.row, column.name)) ?? "");
    } else if ((event.key === "Enter" || event.key === " ") && column) {
      event.preventDefault();
      if (at.row >= 0) props.onCell(at);
      else if (event.key === "Enter") props.onSort(column.name);
      else props.onColumn(column.name);
    }
  };
  const cellId = (row: number, column: number) => `${id}-${row}-${column}`;
  const isInView = at.column >= from && at.column < to && (at.row < 0 || (at.row >= first && at.row <= last));
  const rows = count === 0 ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const margin = (index: number) => (index === 0 ? { marginLeft: starts[from] } : {});
  return (
    <div
      ref={root}
      className={styles.grid}
      role="grid"
      aria-label={props.label}
      aria-rowcount={props.isClosed ? count + 1 : -1}
      aria-colcount={columns.length + 1}
      aria-activedescendant={isInView ? cellId(at.row, at.column) : undefined}
      tabIndex={0}
      onScroll={view.onScroll}
      onKeyDown={onKey}
    >
      <div className={styles.head} role="rowgroup" style={{ width: total }}>
        <div role="row" aria-rowindex={1} className={styles.row} style={{ height: headHeight }}>
          <div
            role="columnheader"
            aria-colindex={1}
            className={styles.number}
            style={{ width: NUMBER_WIDTH }}
          >
            <span className="hidden">{t.row}</span>
          </div>
          {shown.map((column, index) => (
            <ColumnHead
              key={column.name}
              id={cellId(-1, from + index)}
              index={from + index + 2}
              column={column}
              style={{ width: widths[from + index], ...margin(index) }}
              statistics={statistics?.get(column.name)}
              isCurrent={at.row === -1 && at.column === from + index}
              sort={sort?.column === column.name ? sort : null}
              onSort={() => props.onSort(column.name)}
              onOpen={() => props.onColumn(column.name)}
              onBar={bar => props.onBar(column.name, bar)}
            />
          ))}
        </div>
      </div>
      <div role="rowgroup" className={styles.body} style={{ width: total, height: view.height }}>
        {rows.map(row => (
          <div
            key={row}
            role="row"
            aria-rowindex={row + 2}
            className={styles.row}
            style={{ height: ROW_HEIGHT, transform: `translateY(${view.topOf(row)}px)` }}
          >
            <div role="rowheader" aria-colindex={1} className={styles.number} style={{ width: NUMBER_WIDTH }}>
              {row + 1}
            </div>
            {shown.map((column, index) => {
              const place = { row, column: from + index };
              const value = cellAt(row, column.name);
              const text = value === undefined ? "" : cellText(value);
              const found = look?.(row, column.name);
              const before = found?.before === undefined ? undefined : (cellText(found.before) ?? "missing");
              return (
                // The grid has the keys.
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events
                <div
                  key={column.name}
                  id={cellId(row, place.column)}
                  role="gridcell"
                  aria-colindex={place.column + 2}
                  aria-selected={at.row === row && at.column === place.column}
                  tabIndex={-1}
                  className={styles.cell}
                  data-number={isNumeric(column) || undefined}
                  data-missing={text === null || undefined}
                  data-waiting={value === undefined || undefined}
                  data-change={found?.change ?? undefined}
                  style={{ width: widths[place.column], ...margin(index) }}
                  title={before === undefined ? (text ?? undefined) : `${before} → ${text ?? t.missing}`}
                  onClick={() => {
                    onMove(place);
                    root.current?.focus({ preventScroll: true });
                  }}
                  onDoubleClick={() => props.onCell(place)}
                >
                  {before !== undefined && (
                    <>
                      <del>{before}</del>
                      {" → "}
                    </>
                  )}
                  {before === undefined ? (text ?? t.missing) : <ins>{text ?? t.missing}</ins>}
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
