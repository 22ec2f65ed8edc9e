/** A table of any length: only the rows in view exist, and the next page is asked for when its end comes near. */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { PHONE, useMedia } from "./useMedia";
import styles from "./Table.module.css";

export interface Column<Row> {
  id: string;
  label: string;
  cell: (row: Row) => ReactNode;
  /** What phones leave out. */
  wide?: boolean;
  /** Its label is for screen readers only. */
  quiet?: boolean;
  align?: "right";
  width?: number;
  /** Makes the column sortable. */
  order?: (a: Row, b: Row) => number;
  /** As well, where the rows come in order. */
  sortable?: boolean;
  /** The first press sorts from the largest to the smallest. */
  largestFirst?: boolean;
}

export interface Sorting {
  id: string;
  descending: boolean;
}

interface Props<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row) => string;
  sorting?: Sorting | null;
  onSort?: (sorting: Sorting) => void;
  /** Called when the end comes into view. */
  more?: (() => void) | undefined;
  /** How many rows there will be, where that is known before they are: the scroll bar is as long as all of them. */
  total?: number | undefined;
  /** Width at which the table rather scrolls sideways than be narrower. */
  minWidth?: number | undefined;
}

export function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | null,
): readonly Row[] {
  const order = columns.find(column => column.id === sorting?.id)?.order;
  if (!order) return rows;
  return rows.toSorted((a, b) => (sorting?.descending ? order(b, a) : order(a, b)));
}

const ROW_HEIGHT = 38;
const PHONE_ROW_HEIGHT = 56;
/** The next page is fetched this many rows before the end. */
const ROWS_AHEAD = 100;

export function Table<Row>({
  label,
  columns,
  rows,
  id,
  sorting,
  onSort,
  more,
  total = 0,
  minWidth,
}: Props<Row>) {
  const length = more ? Math.max(rows.length, total) : rows.length;
  const body = useRef<HTMLTableSectionElement>(null);
  const [margin, setMargin] = useState(0);
  const phone = useMedia(PHONE);
  const height = phone ? PHONE_ROW_HEIGHT : ROW_HEIGHT;
  useLayoutEffect(() => {
    if (body.current) setMargin(body.current.getBoundingClientRect().top + window.scrollY);
  }, [rows.length]);
  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoizes what it returns
  const virtualizer = useWindowVirtualizer({
    count: length,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: margin,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, height]);
  const items = virtualizer.getVirtualItems();
  const first = items[0];
  const last = items.at(-1);
  const atEnd = last !== undefined && last.index >= rows.length - ROWS_AHEAD;
  useEffect(() => {
    if (atEnd) more?.();
  }, [atEnd, more, rows.length]);
  // From row to row by keyboard, also to rows that do not exist until they are in view.
  const focusRow = (index: number, from: HTMLElement) => {
    const row = `tr[aria-rowindex="${index + 2}"]`;
    // From a tick to a tick, and from a link to a link.
    const like = from.matches("input") ? "input" : ":is(a, button)";
    virtualizer.scrollToIndex(index);
    const focus = (tries: number) => {
      const found =
        body.current?.querySelector<HTMLElement>(`${row} ${like}`) ??
        body.current?.querySelector<HTMLElement>(`${row} :is(a, button, input)`);
      if (found) found.focus({ preventScroll: false });
      else if (tries > 0) requestAnimationFrame(() => focus(tries - 1));
    };
    focus(10);
  };
  const onKey = (event: KeyboardEvent<HTMLTableSectionElement>) => {
    const target = event.target as HTMLElement;
    const row = target.closest("tr")?.getAttribute("aria-rowindex");
    // To a button with a menu, arrows mean that.
    if (
      !row ||
      target.closest("[aria-haspopup]") !== null ||
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey
    )
      return;
    const index = Number(row) - 2;
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || to < 0 || to >= rows.length) return;
    event.preventDefault();
    focusRow(to, target);
  };
  // Before anything is measured the page is as high as it will be, so that it can go back to its place.
  const above = first ? first.start - margin : length * height;
  const below = last ? virtualizer.getTotalSize() - (last.end - margin) : 0;
  const table = (
    <table
      className={styles.table}
      style={minWidth ? { minWidth } : undefined}
      aria-rowcount={more && length === rows.length ? -1 : length + 1}
    >
      <caption className="hidden">{label}</caption>
      <colgroup>
        {columns.map(column => (
          <col
            key={column.id}
            className={column.wide ? styles.wide : undefined}
            style={column.width ? { width: column.width } : undefined}
          />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map(column => (
            <Heading key={column.id} column={column} sorting={sorting} onSort={onSort} />
          ))}
        </tr>
      </thead>
      {/* The arrow keys go between what is interactive in the rows. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <tbody ref={body} onKeyDown={onKey}>
        {above > 0 && <Gap height={above} />}
        {items.map(item => {
          const row = rows[item.index];
          if (row === undefined)
            return <WaitingRow key={item.index} height={height} columns={columns.length} />;
          return (
            <tr key={id(row)} style={{ height }} aria-rowindex={item.index + 2}>
              {columns.map(column => (
                <td
                  key={column.id}
                  className={column.wide ? styles.wide : undefined}
                  data-align={column.align}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          );
        })}
        {below > 0 && <Gap height={below} />}
      </tbody>
    </table>
  );
  return minWidth ? <div className={styles.sideways}>{table}</div> : table;
}

/** A row that is on its way. */
function WaitingRow({ height, columns }: { height: number; columns: number }) {
  return (
    <tr aria-hidden="true" className={styles.waiting} style={{ height }}>
      <td colSpan={columns}>
        <span />
      </td>
    </tr>
  );
}

function Gap({ height }: { height: number }) {
  return (
    <tr aria-hidden="true" className={styles.gap}>
      <td style={{ height }} />
    </tr>
  );
}

function Heading<Row>({
  column,
  sorting,
  onSort,
}: {
  column: Column<Row>;
  sorting: Sorting | null | undefined;
  onSort: ((sorting: Sorting) => void) | undefined;
}) {
  const mine = sorting?.id === column.id ? sorting : null;
  const sortable = (column.order ?? column.sortable) && onSort;
  return (
    <th
      scope="col"
      className={column.wide ? styles.wide : undefined}
      data-align={column.align}
      aria-sort={mine ? (mine.descending ? "descending" : "ascending") : undefined}
    >
      {sortable ? (
        <button
          type="button"
          className={styles.sort}
          onClick={() =>
            onSort({ id: column.id, descending: mine ? !mine.descending : (column.largestFirst ?? false) })
          }
        >
          {column.label}
          {mine && (mine.descending ? <ArrowDown size={13} /> : <ArrowUp size={13} />)}
        </button>
      ) : (
        <span className={column.quiet ? "hidden" : undefined}>{column.label}</span>
      )}
    </th>
  );
}

/** The first cell of a row: a symbol, a name, and on phones a second line with what the other columns say. */
export function NameCell({ icon, children, sub }: { icon: ReactNode; children: ReactNode; sub?: ReactNode }) {
  return (
    <div className={styles.name}>
      <span className={styles.symbol}>{icon}</span>
      <div className={styles.names}>
        <div className="cut">{children}</div>
        {sub && <div className={styles.sub}>{sub}</div>}
      </div>
    </div>
  );
}
