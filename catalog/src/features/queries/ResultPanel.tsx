/** What a query found: its rows, and a chart of them. */
import { ChartColumn, Table2 } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { isRunning, type SqlQuery } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { ToolsContext } from "@/preview/Tools";
import { Panel } from "@/ui/Layout";
import { Empty, Loading } from "@/ui/States";
import type { ChartSpec } from "./chart/spec";
import { DownloadResult } from "./DownloadResult";
import { QueryStatus } from "./QueryStatus";
import { ResultTable } from "./ResultTable";
import styles from "./ResultPanel.module.css";

const ChartPanel = lazy(() => import("./chart/ChartPanel"));

export type ResultView = "rows" | "chart";

export function ResultPanel({
  query,
  view,
  chart,
  onView,
  onChart,
  onPlace,
  tools,
}: {
  query: SqlQuery;
  view: ResultView;
  chart: ChartSpec | null;
  onView: (view: ResultView) => void;
  onChart: (spec: ChartSpec) => void;
  onPlace: () => void;
  tools?: ReactNode;
}) {
  const [bar, setBar] = useState<HTMLElement | null>(null);
  const columns = query.columns ?? [];
  const hasRows = columns.length > 0 && (isRunning(query) || query.state === "done");
  return (
    <Panel label={t.result}>
      <div className={styles.status}>
        <QueryStatus query={query} onPlace={onPlace} />
      </div>
      {hasRows && (
        <>
          <div className={styles.bar}>
            <div className={styles.views} role="group" aria-label={t.view}>
              <button type="button" aria-pressed={view === "rows"} onClick={() => onView("rows")}>
                <Table2 size={14} aria-hidden /> {t.rows}
              </button>
              <button
                type="button"
                aria-pressed={view === "chart"}
                disabled={query.state !== "done" || query.rows === 0}
                onClick={() => onView("chart")}
              >
                <ChartColumn size={14} aria-hidden /> {t.chart}
              </button>
            </div>
            <div className={styles.tools} ref={setBar} />
            {tools}
            <DownloadResult query={query} />
          </div>
          {view === "chart" && query.state === "done" && query.rows > 0 ? (
            <Suspense fallback={<Loading rows={8} label={t.loadingChart} />}>
              <ChartPanel query={query} columns={columns} spec={chart} onChange={onChart} />
            </Suspense>
          ) : (
            <ToolsContext value={bar}>
              <ResultTable key={query.id} query={query} />
            </ToolsContext>
          )}
        </>
      )}
      {query.state === "cancelled" && <Empty title={t.queryStopped}>{t.runAgainRows}</Empty>}
      {query.state === "done" && !query.result && <Empty title={t.rowsNoLonger}>{t.resultsKeptDay}</Empty>}
    </Panel>
  );
}
