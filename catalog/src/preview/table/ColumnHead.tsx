import {
  ArrowDown,
  ArrowUp,
  Binary,
  Braces,
  CalendarDays,
  ChartColumn,
  CircleHelp,
  Hash,
  List,
  type LucideIcon,
  ToggleLeft,
  Type,
} from "lucide-react";
import type { CSSProperties } from "react";
import { t } from "@/language/en/preview/table";
import { count } from "@/lib/format";
import type { Column, ColumnStatistics } from "../answers";
import { barsOf } from "./bars";
import { isNumeric, type Sort } from "./question";
import styles from "./ColumnHead.module.css";

const GLYPHS: Record<string, LucideIcon> = {
  boolean: ToggleLeft,
  bytes: Binary,
  date: CalendarDays,
  decimal: Hash,
  duration: CalendarDays,
  integer: Hash,
  list: List,
  map: Braces,
  number: Hash,
  string: Type,
  struct: Braces,
  time: CalendarDays,
  timestamp: CalendarDays,
};

/** Tenths of a percent only where they matter. */
export function share(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (100 * part) / whole;
  return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
}

export function ColumnHead({
  id,
  index,
  column,
  style,
  statistics,
  isCurrent,
  sort,
  onSort,
  onOpen,
  onBar,
}: {
  id: string;
  index: number;
  column: Column;
  style: CSSProperties;
  statistics: ColumnStatistics | undefined;
  isCurrent: boolean;
  sort: Sort | null;
  onSort: () => void;
  onOpen: () => void;
  onBar: (bar: number) => void;
}) {
  const Glyph = GLYPHS[column.type] ?? CircleHelp;
  const type = column.source_type && column.source_type !== column.type ? ` (${column.source_type})` : "";
  return (
    <div
      id={id}
      role="columnheader"
      aria-colindex={index}
      aria-sort={sort ? (sort.descending ? "descending" : "ascending") : undefined}
      className={styles.head}
      data-number={isNumeric(column) || undefined}
      data-current={isCurrent || undefined}
      style={style}
    >
      <div className={styles.line}>
        <span className={styles.glyph} title={column.type + type}>
          <Glyph size={13} aria-hidden />
        </span>
        <button
          type="button"
          tabIndex={-1}
          className={styles.name}
          title={t.sortName(column.name)}
          onClick={onSort}
        >
          {column.name}
        </button>
        {sort && (sort.descending ? <ArrowDown size={13} aria-hidden /> : <ArrowUp size={13} aria-hidden />)}
        <button
          type="button"
          tabIndex={-1}
          className={styles.more}
          aria-label={t.aboutColumn(column.name)}
          title={t.statisticsFilter}
          onClick={onOpen}
        >
          <ChartColumn size={13} />
        </button>
      </div>
      {statistics && <Bars statistics={statistics} onBar={onBar} />}
    </div>
  );
}

/** The keyboard finds the same in the column's panel. */
function Bars({ statistics, onBar }: { statistics: ColumnStatistics; onBar: (bar: number) => void }) {
  const bars = barsOf(statistics);
  const most = Math.max(1, ...bars.map(bar => bar.count));
  const all = statistics.count + statistics.nulls;
  return (
    <div className={styles.statistics}>
      {bars.length > 0 && (
        <div className={styles.bars} aria-hidden="true">
          {bars.map((bar, index) => (
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
            <div
              key={index}
              className={styles.bar}
              title={`${bar.label}: ${count(bar.count)}`}
              onClick={() => onBar(index)}
            >
              <div style={{ height: `${bar.count === 0 ? 0 : Math.max(8, (100 * bar.count) / most)}%` }} />
            </div>
          ))}
        </div>
      )}
      <div className={styles.about}>
        {statistics.nulls > 0 && <span>{t.missingNulls(share(statistics.nulls, all))}</span>}
        {statistics.nulls === 0 && statistics.distinct !== null && (
          <span>{t.distinctDistinct(count(statistics.distinct))}</span>
        )}
      </div>
    </div>
  );
}
