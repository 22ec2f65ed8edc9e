/** Rows that were added, removed or changed, cell by cell. */
import { KeyRound, Minus, Pencil, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { type DifferenceTotals, isRunning, type SqlQuery } from "@/api/sqlQueries";
import { DownloadResult } from "@/features/queries/DownloadResult";
import { QueryStatus } from "@/features/queries/QueryStatus";
import { useResultRows } from "@/features/queries/useResultRows";
import { t } from "@/language/en/features/packages/compare";
import { count } from "@/lib/format";
import type { Cell, Column } from "@/preview/answers";
import type { CellLook } from "@/preview/table/Grid";
import { cellText, listParameter, questionFrom } from "@/preview/table/question";
import { TableExplorer, useRange } from "@/preview/table/TableExplorer";
import { ToolsContext } from "@/preview/Tools";
import { changed } from "@/preview/viewState";
import { Button } from "@/ui/Button";
import { Check } from "@/ui/Field";
import { Chip, Panel } from "@/ui/Layout";
import { Popover } from "@/ui/Popover";
import { Empty } from "@/ui/States";
import styles from "./RowChanges.module.css";

const CHANGE = "$change";
const CHANGED = "$changed";
const BEFORE = "$before.";
const MAX_CELL_COUNTS = 12;

const kinds = () =>
  [
    ["added", t.added, Plus],
    ["removed", t.removed, Minus],
    ["changed", t.changed, Pencil],
  ] as const;
type Kind = ReturnType<typeof kinds>[number][0];

const isKind = (value: Cell | undefined): value is Kind => kinds().some(([kind]) => kind === value);

export function RowChanges({
  query,
  chosen,
  onKeys,
}: {
  query: SqlQuery;
  /** Key columns that somebody chose. */
  chosen: readonly string[];
  onKeys: (chosen: readonly string[]) => void;
}) {
  const [params, setParams] = useState(() => new URLSearchParams());
  const question = useMemo(() => questionFrom(params), [params]);
  const set = (changes: Record<string, string | null>) => setParams(now => changed(now, changes));
  const { asked, onRows } = useRange();
  const rows = useResultRows(query, question, asked.first, asked.last);
  const [bar, setBar] = useState<HTMLElement | null>(null);
  const columns = useMemo(
    () => (query.columns ?? []).filter(({ name }) => name !== CHANGED && !name.startsWith(BEFORE)),
    [query.columns],
  );
  const sample = useMemo(() => sampleOf(query, columns), [query, columns]);
  const { difference } = query;
  const kind = question.where.find(([column]) => column === CHANGE)?.[2];
  const showOnly = (wanted: Kind) => {
    const others = question.where.filter(([column]) => column !== CHANGE);
    const where = kind === wanted ? others : [...others, [CHANGE, "=", wanted] as const];
    set({ where: listParameter(where) });
  };
  const look = (row: number, column: string): CellLook | null => {
    const change = rows.cellAt(row, CHANGE);
    if (!isKind(change)) return null;
    if (change !== "changed") return { change };
    if (!namesOf(rows.cellAt(row, CHANGED)).includes(column)) return { change: null };
    return { change, before: rows.cellAt(row, BEFORE + column) ?? null };
  };
  const isSame = difference !== null && kinds().every(([each]) => difference[each] === 0);
  return (
    <>
      <Panel label={t.comparison}>
        <div className={styles.padded}>
          <QueryStatus query={query} />
        </div>
      </Panel>
      {difference && (
        <>
          <div className={styles.kinds} role="group" aria-label={t.showOnly}>
            {kinds().map(([each, label, Symbol]) => (
              <button
                key={each}
                type="button"
                className={styles.kind}
                data-kind={each}
                aria-pressed={kind === each}
                disabled={difference[each] === 0}
                onClick={() => showOnly(each)}
              >
                <Symbol size={15} aria-hidden />
                <span>
                  <strong className="num">{count(difference[each])}</strong> {label}
                </span>
              </button>
            ))}
            <p className={styles.same}>
              {t.sameSame(<strong className="num">{count(difference.same)}</strong>)}
            </p>
          </div>
          <ColumnChanges difference={difference} />
        </>
      )}
      {isSame ? (
        <Panel>
          <Empty title={t.sameRows}>{t.bothFilesSame}</Empty>
        </Panel>
      ) : (
        columns.length > 0 && (
          <Panel label={t.rows2}>
            <div className={styles.bar}>
              <div className={styles.tools} ref={setBar} />
              {difference && (
                <KeyChoice
                  found={difference.keys}
                  chosen={chosen}
                  names={columns.map(({ name }) => name).filter(name => name !== CHANGE)}
                  onKeys={onKeys}
                />
              )}
              <DownloadResult query={query} />
            </div>
            <ToolsContext value={bar}>
              <TableExplorer
                label={t.rowsDiffer}
                columns={columns}
                sample={sample}
                question={question}
                set={set}
                rows={rows}
                onRows={onRows}
                unfiltered={isRunning(query) ? null : query.rows}
                look={look}
                none={t.firstRowsWay}
              />
            </ToolsContext>
          </Panel>
        )
      )}
    </>
  );
}

/** The first rows as wide as they are shown: with both values of cells that have changed. */
function sampleOf(query: SqlQuery, columns: readonly Column[]): Cell[][] {
  const places = new Map((query.columns ?? []).map(({ name }, place) => [name, place] as const));
  const at = (row: readonly Cell[], name: string) => row[places.get(name) ?? -1];
  return query.first_rows.map(row => {
    const names = namesOf(at(row, CHANGED));
    return columns.map(({ name }) => {
      const value = at(row, name) ?? null;
      if (!names.includes(name)) return value;
      return [at(row, BEFORE + name), value].map(each => cellText(each) ?? t.missing).join(" → ");
    });
  });
}

/** Lists may come as JSON. */
function namesOf(value: Cell | undefined): readonly Cell[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string" || !value.startsWith("[")) return [];
  try {
    return JSON.parse(value) as Cell[];
  } catch {
    return [];
  }
}

function ColumnChanges({ difference }: { difference: DifferenceTotals }) {
  const { added_columns: added, removed_columns: removed, cells, types } = difference;
  const retyped = Object.entries(types).map(([name, [was, is]]) => `${name}: ${was} → ${is}`);
  const counts = Object.entries(cells)
    .filter(([, changes]) => changes > 0)
    .toSorted(([, a], [, b]) => b - a);
  if ([added, removed, retyped, counts].every(each => each.length === 0)) return null;
  return (
    <Panel label={t.columns} padded>
      <dl className={styles.columns}>
        {added.length > 0 && <Named term={t.newColumns} names={added} />}
        {removed.length > 0 && <Named term={t.removedColumns} names={removed} />}
        {retyped.length > 0 && <Named term={t.otherTypes} names={retyped} />}
        {counts.length > 0 && (
          <div>
            <dt>{t.changedCells}</dt>
            <dd>
              {counts.slice(0, MAX_CELL_COUNTS).map(([name, changes]) => (
                <Chip key={name} kind="warn">
                  {name} · {count(changes)}
                </Chip>
              ))}
              {counts.length > MAX_CELL_COUNTS && (
                <span className="muted">{t.moreColumns(count(counts.length - MAX_CELL_COUNTS))}</span>
              )}
            </dd>
          </div>
        )}
      </dl>
    </Panel>
  );
}

function Named({ term, names }: { term: string; names: readonly string[] }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>
        {names.map(name => (
          <Chip key={name}>{name}</Chip>
        ))}
      </dd>
    </div>
  );
}

/** The columns by which a row is found in the other file. */
function KeyChoice({
  found,
  chosen,
  names,
  onKeys,
}: {
  found: readonly string[];
  chosen: readonly string[];
  names: readonly string[];
  onKeys: (chosen: readonly string[]) => void;
}) {
  const [wanted, setWanted] = useState(found);
  const label = found.length === 0 ? t.wholeRowsCompared : t.rowsFound(found.join(", "));
  return (
    <Popover label={label} icon={<KeyRound size={14} />} title={t.keyColumns}>
      <p className="muted">
        {chosen.length > 0 ? t.rowsSameValues : found.length > 0 ? t.foundValuesTell : t.noColumnsTell}
      </p>
      <ul className={styles.keys}>
        {names.map(name => (
          <li key={name}>
            <Check
              label={name}
              checked={wanted.includes(name)}
              onChange={to => setWanted(names.filter(each => (each === name ? to : wanted.includes(each))))}
            />
          </li>
        ))}
      </ul>
      <div className={styles.actions}>
        <Button small kind="primary" disabled={wanted.length === 0} onClick={() => onKeys(wanted)}>
          {t.compareColumn(wanted.length)}
        </Button>
        {chosen.length > 0 && (
          <Button small kind="quiet" onClick={() => onKeys([])}>
            {t.find}
          </Button>
        )}
      </div>
    </Popover>
  );
}
