/** How far a query is, how to stop it, and what came of it. */
import { CircleCheck, CircleSlash, LoaderCircle, TriangleAlert } from "lucide-react";
import { isRunning, type QueryState, type SqlQuery, useCancelQuery } from "@/api/sqlQueries";
import { bytes, count, counted, decimal } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Ago } from "@/ui/Measures";
import { ErrorNotice, Notice } from "@/ui/States";
import { adviceOn, placeOf, titleOf } from "./problems";
import styles from "./QueryStatus.module.css";

export const STATES: Record<QueryState, string> = {
  queued: "Waiting",
  running: "Running",
  done: "Done",
  failed: "Failed",
  cancelled: "Stopped",
};

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
          {query.cancelling && isRunning(query) ? "Stopping…" : STATES[query.state]}
        </span>
        <span className={styles.facts}>
          {factsOf(query)}
          {" · "}
          {query.created_by}, <Ago at={query.created_at} />
        </span>
        {isRunning(query) && !query.cancelling && (
          <Button small busy={cancel.isPending} onClick={() => cancel.mutate(query.id)}>
            Cancel
          </Button>
        )}
      </div>
      {isRunning(query) && (
        <progress
          className={styles.bar}
          aria-label="Progress of the query"
          max={1}
          value={query.progress ?? undefined}
        />
      )}
      {query.is_cut && (
        <Notice>
          These are the first {count(query.rows)} rows; there are more. Choose a larger limit, or put rows
          together by <code>GROUP BY</code>.
        </Notice>
      )}
      <ErrorNotice error={cancel.error} />
      {query.problem && <QueryFault query={query} onPlace={onPlace} />}
    </div>
  );
}

function factsOf(query: SqlQuery): string {
  const { state, rows, seconds, seconds_left: left } = query;
  if (state === "queued") return "Other queries are before this one";
  const files = query.read_files > 0 ? ` of ${counted(query.read_files, "file")}` : "";
  return [
    state === "running" ? `${counted(rows, "row")} so far` : counted(rows, "row"),
    `${decimal(Math.round(seconds * 100) / 100)} s`,
    `${bytes(query.read_bytes)}${files} read`,
    ...(left === null ? [] : [`about ${counted(Math.ceil(left), "second")} left`]),
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
            Line {place.line}, column {place.column}
          </button>
        </>
      )}
      {advice && <p>{advice}</p>}
    </Notice>
  );
}
