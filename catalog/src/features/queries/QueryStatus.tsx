/** How far a query is, how to stop it, and what came of it. */
import { CircleCheck, CircleSlash, LoaderCircle, TriangleAlert } from "lucide-react";
import { isRunning, type QueryState, type SqlQuery, useCancelQuery } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { bytes, count, decimal } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Ago } from "@/ui/Measures";
import { ErrorNotice, Notice } from "@/ui/States";
import { adviceOn, placeOf, titleOf } from "./problems";
import styles from "./QueryStatus.module.css";

export const states = (): Record<QueryState, string> => ({
  queued: t.waiting,
  running: t.running,
  done: t.done,
  failed: t.failed,
  cancelled: t.stopped,
});

export function StateSign({ state }: { state: QueryState }) {
  switch (state) {
    case "done":
      return <CircleCheck size={16} className={styles.good} aria-hidden />;
    case "failed":
      return <TriangleAlert size={16} className={styles.bad} aria-hidden />;
    case "cancelled":
      return <CircleSlash size={16} className="muted" aria-hidden />;
    default:
      return <LoaderCircle size={16} className={styles.turning} aria-hidden />;
  }
}

/** `onPlace`: leads to the place of a mistake in the statement. */
export function QueryStatus({ query, onPlace }: { query: SqlQuery; onPlace?: () => void }) {
  const cancel = useCancelQuery();
  return (
    <div className={styles.status}>
      <div className={styles.line}>
        <span role="status" className={styles.state}>
          <StateSign state={query.state} />
          {query.cancelling && isRunning(query) ? t.stopping : states()[query.state]}
        </span>
        <span className={styles.facts}>
          {factsOf(query)}
          {" · "}
          {query.created_by}, <Ago at={query.created_at} />
        </span>
        {isRunning(query) && !query.cancelling && (
          <Button small busy={cancel.isPending} onClick={() => cancel.mutate(query.id)}>
            {t.cancel}
          </Button>
        )}
      </div>
      {isRunning(query) && (
        <progress
          className={styles.bar}
          aria-label={t.progressQuery}
          max={1}
          value={query.progress ?? undefined}
        />
      )}
      {query.is_cut && <Notice>{t.firstRowsMore(count(query.rows), <code>GROUP BY</code>)}</Notice>}
      <ErrorNotice error={cancel.error} />
      {query.problem && <QueryFault query={query} onPlace={onPlace} />}
    </div>
  );
}

function factsOf(query: SqlQuery): string {
  const { state, rows, seconds, seconds_left: left } = query;
  if (state === "queued") return t.otherQueriesBefore;
  const files = query.read_files > 0 ? t.fileReadFiles(query.read_files) : "";
  return [
    state === "running" ? t.rowFar(rows) : t.rowsRows(rows),
    `${decimal(Math.round(seconds * 100) / 100)} s`,
    t.readReadBytesFiles(bytes(query.read_bytes), files),
    ...(left === null ? [] : [t.aboutSecondLeft(Math.ceil(left))]),
  ].join(" · ");
}

function QueryFault({ query, onPlace }: { query: SqlQuery; onPlace: (() => void) | undefined }) {
  const { problem } = query;
  if (!problem) return null;
  const advice = adviceOn(problem);
  const place = placeOf(problem, query.sql);
  return (
    <Notice kind="danger">
      <strong>{titleOf(problem)}.</strong> <span className={styles.detail}>{problem.detail}</span>
      {place && (
        <>
          {" "}
          <button type="button" className={styles.place} onClick={onPlace}>
            {t.lineColumn(place.line, place.column)}
          </button>
        </>
      )}
      {advice && <p>{advice}</p>}
    </Notice>
  );
}
