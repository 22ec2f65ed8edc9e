/** Beside a table: a column and its filter, the whole of a cell, or the choice of columns. */
import { ArrowDown, ArrowUp, Filter as FilterIcon } from "lucide-react";
import { type ReactNode, type SyntheticEvent, useState } from "react";
import { t } from "@/language/en/preview/table";
import { count, decimal } from "@/lib/format";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/Copy";
import { Check, Choice, Field, Filter } from "@/ui/Field";
import { JsonTree } from "@/ui/JsonTree";
import { Facts } from "@/ui/Layout";
import type { Cell, Column, ColumnStatistics } from "../answers";
import { barsOf } from "./bars";
import { share } from "./ColumnHead";
import {
  cellText,
  type Condition,
  operators,
  type Operator,
  sameValue,
  type Sort,
  typedValue,
} from "./question";
import styles from "./Panels.module.css";

type AddFilter = (conditions: readonly Condition[]) => void;

function Titled({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <div className={styles.panel}>
      <div className={styles.title}>
        <h3>{title}</h3>
        <p className="muted">{about}</p>
      </div>
      {children}
    </div>
  );
}

export function ColumnPanel({
  column,
  statistics,
  isComputing,
  compute,
  sort,
  onSort,
  onFilter,
}: {
  column: Column;
  statistics: ColumnStatistics | undefined;
  isComputing: boolean;
  /** Null when that is under way or done. */
  compute: (() => void) | null;
  sort: Sort | null;
  onSort: (sort: Sort | null) => void;
  onFilter: AddFilter;
}) {
  const { name, type, source_type: source } = column;
  const order = (descending: boolean) =>
    onSort(sort?.descending === descending ? null : { column: name, descending });
  return (
    <Titled title={name} about={source && source !== type ? t.fileTypeSource(type, source) : type}>
      <div className={styles.buttons}>
        <Button
          small
          icon={<ArrowUp size={14} />}
          aria-pressed={sort?.descending === false}
          onClick={() => order(false)}
        >
          {t.smallestFirst}
        </Button>
        <Button
          small
          icon={<ArrowDown size={14} />}
          aria-pressed={sort?.descending === true}
          onClick={() => order(true)}
        >
          {t.largestFirst}
        </Button>
      </div>
      <FilterForm column={column} onFilter={onFilter} />
      {statistics ? (
        <Statistics statistics={statistics} onFilter={onFilter} />
      ) : isComputing ? (
        <p role="status" className="muted">
          {t.computingStatisticsAll}
        </p>
      ) : (
        compute && (
          <Button small onClick={compute}>
            {t.computeStatisticsAll}
          </Button>
        )
      )}
    </Titled>
  );
}

function FilterForm({ column, onFilter }: { column: Column; onFilter: AddFilter }) {
  const [operator, setOperator] = useState<Operator | "not null">(
    column.type === "string" ? "contains" : "=",
  );
  const [value, setValue] = useState("");
  const needsValue = operator !== "null" && operator !== "not null";
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onFilter([
      needsValue
        ? [column.name, operator, operator === "contains" ? value : typedValue(value, column)]
        : [column.name, "null", operator === "null"],
    ]);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Choice label={t.rowsWhere} options={operators()} value={operator} onChange={setOperator} />
      {needsValue && (
        <Field
          label={t.value}
          value={value}
          onChange={event => setValue(event.target.value)}
          autoComplete="off"
        />
      )}
      <Button small type="submit" icon={<FilterIcon size={14} />} disabled={needsValue && value === ""}>
        {t.filter}
      </Button>
    </form>
  );
}

const written = (value: Cell) => (typeof value === "number" ? decimal(value) : cellText(value));

function Statistics({ statistics, onFilter }: { statistics: ColumnStatistics; onFilter: AddFilter }) {
  const { count: values, nulls, distinct, min, max, mean, quantiles = {} } = statistics;
  const fact = (label: string, value: Cell | undefined): readonly [string, ReactNode] | null => {
    const text = value === undefined ? null : written(value);
    return text === null ? null : [label, <span key={label}>{text}</span>];
  };
  const bars = barsOf(statistics);
  const most = Math.max(1, ...bars.map(bar => bar.count));
  return (
    <>
      <Facts
        facts={[
          fact(t.values, values),
          [
            t.missing2,
            <span key="missing">
              {nulls === 0 ? t.none : `${count(nulls)}, ${share(nulls, values + nulls)}`}
            </span>,
          ],
          distinct === null
            ? null
            : [t.distinct, <span key="distinct">{t.aboutDistinct(count(distinct))}</span>],
          fact(t.smallest, min),
          fact(t.quarter, quantiles["0.25"]),
          fact(t.median, quantiles["0.5"]),
          fact(t.threeQuarters, quantiles["0.75"]),
          fact(t.largest, max),
          fact(t.mean, mean),
        ]}
      />
      {bars.length > 0 && (
        <ul className={styles.values} aria-label={t.valuesFilter}>
          {bars.map((bar, index) => (
            <li key={index}>
              <button
                type="button"
                className={styles.value}
                disabled={bar.where.length === 0}
                onClick={() => onFilter(bar.where)}
              >
                <span className="cut">{bar.label}</span>
                <span className="num">{count(bar.count)}</span>
                <span className={styles.share} style={{ width: `${(100 * bar.count) / most}%` }} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function CellPanel({
  column,
  row,
  value,
  before,
  onFilter,
}: {
  column: Column;
  row: number;
  value: Cell | undefined;
  /** What it was in the file before, where that is another. */
  before?: Cell | undefined;
  onFilter: AddFilter;
}) {
  const text = cellText(value);
  const same = sameValue(column.name, value);
  return (
    <Titled title={column.name} about={t.rowRowType(count(row + 1), column.type)}>
      {text === null ? (
        <p className="muted">{t.missing}</p>
      ) : typeof value === "object" ? (
        <JsonTree value={value} label={t.valueName(column.name)} open={3} />
      ) : (
        <pre className={styles.cell}>{text}</pre>
      )}
      {before !== undefined && (
        <>
          <p className="muted">{t.before}</p>
          <pre className={styles.cell}>{cellText(before) ?? "missing"}</pre>
        </>
      )}
      <div className={styles.buttons}>
        {text !== null && <CopyButton text={text} label={t.copy} small />}
        {same && (
          <Button small icon={<FilterIcon size={14} />} onClick={() => onFilter([same])}>
            {t.onlyRowsLike}
          </Button>
        )}
      </div>
    </Titled>
  );
}

export function ColumnsPanel({
  columns,
  chosen,
  onChange,
}: {
  columns: readonly Column[];
  /** Null: all. */
  chosen: readonly string[] | null;
  onChange: (chosen: readonly string[] | null) => void;
}) {
  const [contains, setContains] = useState("");
  const isShown = (name: string) => chosen?.includes(name) ?? true;
  const listed = columns.filter(({ name }) => name.toLowerCase().includes(contains.toLowerCase()));
  const change = (name: string, to: boolean) => {
    const names = columns.map(each => each.name).filter(each => (each === name ? to : isShown(each)));
    // Of no columns there is nothing to see.
    if (names.length > 0) onChange(names.length === columns.length ? null : names);
  };
  return (
    <Titled
      title={t.columns}
      about={t.shownChosenColumns(count(chosen?.length ?? columns.length), count(columns.length))}
    >
      {columns.length > 12 && <Filter label={t.findColumn} value={contains} onChange={setContains} />}
      <div className={styles.buttons}>
        <Button small disabled={chosen === null} onClick={() => onChange(null)}>
          {t.showAll}
        </Button>
        {contains !== "" && listed.length > 0 && (
          <Button small onClick={() => onChange(listed.map(({ name }) => name))}>
            {t.onlyListed(count(listed.length))}
          </Button>
        )}
      </div>
      <ul className={styles.columns}>
        {listed.slice(0, MAX_LISTED).map(({ name }) => (
          <li key={name}>
            <Check label={name} checked={isShown(name)} onChange={to => change(name, to)} />
          </li>
        ))}
      </ul>
      {listed.length > MAX_LISTED && (
        <p className="muted">{t.moreListed(count(listed.length - MAX_LISTED))}</p>
      )}
    </Titled>
  );
}

const MAX_LISTED = 500;
