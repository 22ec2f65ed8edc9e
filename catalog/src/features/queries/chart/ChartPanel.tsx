/** The rows of a result as a chart: chosen by controls, or written as Vega-Lite. */
import { useQueries } from "@tanstack/react-query";
import { Braces } from "lucide-react";
import { useMemo, useState } from "react";
import { type ResultColumn, type SqlQuery, sqlQueries } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries/chart";
import { count } from "@/lib/format";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Area, Choice } from "@/ui/Field";
import { Loaded, together } from "@/ui/Loaded";
import { Notice } from "@/ui/States";
import { ResultChart } from "./ResultChart";
import {
  aggregates,
  type Aggregate,
  type ChartChoice,
  choiceFor,
  choiceOf,
  type ChartSpec,
  faultOf,
  type Mark,
  chartMarks,
  specOf,
} from "./spec";
import styles from "./ChartPanel.module.css";

/** Rows that a chart draws; more are put together by the statement. */
const MAX_CHART_ROWS = 5_000;
const PAGE_ROWS = 1_000;
const NONE = "";
const NO_ROWS: readonly Record<string, unknown>[] = [];

export default function ChartPanel({
  query,
  columns,
  spec,
  onChange,
}: {
  query: SqlQuery;
  columns: readonly ResultColumn[];
  /** Null: what suits the columns. */
  spec: ChartSpec | null;
  onChange: (spec: ChartSpec) => void;
}) {
  const [asJson, setAsJson] = useState(false);
  const shown = useMemo(
    () => spec ?? specOf(choiceFor(columns, query.rows), columns),
    [spec, columns, query.rows],
  );
  const choice = useMemo(() => choiceOf(shown, columns), [shown, columns]);
  const fault = faultOf(shown);
  return (
    <div className={styles.panel}>
      <div className={styles.controls}>
        {choice && !asJson ? (
          <Controls choice={choice} columns={columns} onChange={to => onChange(specOf(to, columns))} />
        ) : (
          !asJson && <p className="muted">{t.chartWrittenJson}</p>
        )}
        <div className={styles.tools}>
          <Button small icon={<Braces size={14} />} aria-pressed={asJson} onClick={() => setAsJson(!asJson)}>
            {asJson ? t.doneJson : t.editJson}
          </Button>
          {!choice && (
            <Button
              small
              kind="quiet"
              onClick={() => onChange(specOf(choiceFor(columns, query.rows), columns))}
            >
              {t.startAgain}
            </Button>
          )}
        </div>
        {asJson && <SpecEditor key={query.id} spec={shown} onChange={onChange} />}
      </div>
      {fault ? <Notice kind="warn">{fault}</Notice> : <Drawn query={query} columns={columns} spec={shown} />}
    </div>
  );
}

function Controls({
  choice,
  columns,
  onChange,
}: {
  choice: ChartChoice;
  columns: readonly ResultColumn[];
  onChange: (choice: ChartChoice) => void;
}) {
  const names = columns.map(({ name }) => [name, name] as const);
  const optional = [[NONE, "–"] as const, ...names];
  const set = (change: Partial<ChartChoice>) => onChange({ ...choice, ...change });
  const pick = (name: string) => (name === NONE ? null : name);
  const isPie = choice.mark === "arc";
  return (
    <>
      <Choice<Mark>
        label={t.mark}
        options={chartMarks()}
        value={choice.mark}
        onChange={mark => set({ mark })}
      />
      <Choice
        label={isPie ? t.parts : t.alongX}
        options={optional}
        value={choice.x ?? NONE}
        onChange={x => set({ x: pick(x) })}
      />
      <Choice
        label={isPie ? t.size : t.upY}
        options={optional}
        value={choice.y ?? NONE}
        onChange={y => set({ y: pick(y), ...(y === NONE ? { aggregate: "count" } : {}) })}
      />
      <Choice<Aggregate>
        label={t.rows}
        options={aggregates()}
        value={choice.aggregate}
        onChange={aggregate => set({ aggregate })}
      />
      {!isPie && (
        <Choice
          label={t.colour}
          options={optional}
          value={choice.colour ?? NONE}
          onChange={colour => set({ colour: pick(colour) })}
        />
      )}
    </>
  );
}

function SpecEditor({ spec, onChange }: { spec: ChartSpec; onChange: (spec: ChartSpec) => void }) {
  const [text, setText] = useState(() => JSON.stringify(spec, null, 2));
  const [error, setError] = useState<string | null>(null);
  const change = (to: string) => {
    setText(to);
    try {
      const found: unknown = JSON.parse(to);
      const fault = faultOf(found);
      setError(fault);
      if (fault === null) onChange(found as ChartSpec);
    } catch {
      setError(t.notJsonYet);
    }
  };
  return (
    <div className={styles.json}>
      <Area
        code
        label="Vega-Lite"
        rows={14}
        value={text}
        error={error}
        help={t.withoutDataChart}
        onChange={event => change(event.target.value)}
      />
    </div>
  );
}

function Drawn({
  query,
  columns,
  spec,
}: {
  query: SqlQuery;
  columns: readonly ResultColumn[];
  spec: ChartSpec;
}) {
  const services = useServices();
  const pages = Math.ceil(Math.min(query.rows, MAX_CHART_ROWS) / PAGE_ROWS);
  const found = useQueries({
    queries: Array.from({ length: pages }, (_, page) =>
      sqlQueries.rows(services, query.id, {}, page * PAGE_ROWS, PAGE_ROWS),
    ),
    combine: answers => together(...answers),
  });
  const values = useMemo(
    () =>
      found.data?.flatMap(({ rows }) =>
        rows.map(row =>
          Object.fromEntries(columns.map(({ name, type }, index) => [name, drawn(row[index], type)])),
        ),
      ),
    [found.data, columns],
  );
  return (
    <Loaded query={found} label={t.loadingRows} lines={8}>
      {() => (
        <>
          {query.rows > MAX_CHART_ROWS && (
            <Notice>
              {t.chartShowsFirst(count(MAX_CHART_ROWS), count(query.rows), <code>GROUP BY</code>)}
            </Notice>
          )}
          <ResultChart spec={spec} rows={values ?? NO_ROWS} label={labelOf(spec, columns)} />
        </>
      )}
    </Loaded>
  );
}

/** Decimals and long integers come as texts. */
const drawn = (value: unknown, type: string) =>
  typeof value === "string" && /^(integer|number|decimal)$/.test(type) ? Number(value) : value;

function labelOf(spec: ChartSpec, columns: readonly ResultColumn[]): string {
  const choice = choiceOf(spec, columns);
  if (!choice) return t.chartResult;
  const mark = chartMarks().find(([each]) => each === choice.mark)?.[1] ?? t.chart;
  const what = [
    choice.y ?? t.numberRows,
    choice.x && t.byX(choice.x),
    choice.colour && t.andColour(choice.colour),
  ];
  return `${mark}: ${what.filter(Boolean).join(" ")}`;
}
