import { useQuery, useQueryClient } from "@tanstack/react-query";
import { AlignLeft, Code, Link2, Play, Save } from "lucide-react";
import { useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import {
  isRunning,
  type ParameterType,
  type SavedQuery,
  type SqlQuery,
  sqlQueries,
  useRunQuery,
} from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { newQueryPath, QUERIES_PATH, queryPath, savedQueryPath, sourceCalls } from "@/lib/sql";
import { useServices } from "@/s3/context";
import { Button, ButtonLink } from "@/ui/Button";
import { useCopy } from "@/ui/Copy";
import { Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Loaded, type LoadedQuery, together } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import { type ChartSpec, choiceFor, specOf } from "./chart/spec";
import { packageOf } from "./editor/place";
import { SqlEditor } from "./editor/SqlEditor";
import { SqlSuggestions } from "./editor/suggestions";
import { FirstQueries } from "./FirstQueries";
import { ParameterFields } from "./ParameterFields";
import { faultOf, parametersOf, type TypedParameters, valuesOf } from "./parameters";
import { placeOf } from "./problems";
import { QueryCodeDialog } from "./QueryCodeDialog";
import { ResultPanel, type ResultView } from "./ResultPanel";
import { SaveDialog } from "./SaveDialog";
import { SourcesPanel } from "./SourcesPanel";
import styles from "./QueryPage.module.css";

/** Stands for what an address does not name. */
const NOTHING = { data: null, isPending: false, isError: false, error: null, refetch: () => null };

/** A saved query may have been deleted, or be no longer shared: its results can be seen all the same. */
const orNothing = (saved: LoadedQuery<SavedQuery>): LoadedQuery<SavedQuery | null> =>
  saved.isError ? NOTHING : saved;

/** The `:id` of a statement that has not run. */
const NEW = "new";

/** A statement, and what it found when it ran; or a new one, which `?sql=` may begin. */
export function QueryPage() {
  const { id = NEW } = useParams();
  const services = useServices();
  const query = useQuery({ ...sqlQueries.query(services, id), enabled: id !== NEW });
  const [params] = useSearchParams();
  const savedId = query.data?.saved_query_id ?? params.get("saved");
  const saved = useQuery({ ...sqlQueries.savedQuery(services, savedId ?? ""), enabled: savedId !== null });
  const title = saved.data?.name ?? query.data?.name ?? (query.data ? titleOf(query.data) : t.newQuery);
  return (
    <Page title={title}>
      <Crumbs steps={[{ label: t.queries, to: QUERIES_PATH }, { label: title }]} />
      <Head title={title} about={saved.data?.description}>
        {savedId !== null && <ButtonLink to={savedQueryPath(savedId)}>{t.savedQuery}</ButtonLink>}
      </Head>
      <Loaded
        query={together(id === NEW ? NOTHING : query, savedId === null ? NOTHING : orNothing(saved))}
        framed
      >
        {([found, of]) => <Workbench id={id} query={found} saved={of} />}
      </Loaded>
    </Page>
  );
}

/** By the package that is named first. */
function titleOf({ sql }: SqlQuery): string {
  const call = sourceCalls(sql)[0];
  const [uri = null] = call?.arguments ?? [];
  const named = uri === null ? null : (packageOf(uri)?.name ?? uri);
  return named === null ? t.query : t.queryNamed(named);
}

const limits = () =>
  [
    ["", t.allRows],
    ["100", t.n100Rows],
    ["1000", t.n1000Rows],
    ["10000", t.n10000Rows],
    ["100000", t.n100000Rows],
  ] as const;

/** What was changed since the statement was opened. */
interface Draft {
  sql: string | null;
  typed: TypedParameters;
  limit: number | null | undefined;
  chart: ChartSpec | null;
}

const UNCHANGED: Draft = { sql: null, typed: {}, limit: undefined, chart: null };

function Workbench({ id, query, saved }: { id: string; query: SqlQuery | null; saved: SavedQuery | null }) {
  const services = useServices();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const [draft, setDraft] = useState(UNCHANGED);
  const [opened, setOpened] = useState(id);
  /** The query that was started here last. */
  const [started, setStarted] = useState<string | null>(null);
  // What this page runs goes on from its draft; another query that is opened begins with its own.
  if (opened !== id) {
    setOpened(id);
    setStarted(null);
    if (id !== started) setDraft(UNCHANGED);
  }
  const [dialog, setDialog] = useState<"save" | "code" | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [visits, setVisits] = useState(0);
  const { copied, run: copy } = useCopy();
  const suggestions = useMemo(() => new SqlSuggestions(queryClient, services), [queryClient, services]);
  const begun = query?.sql ?? params.get("sql") ?? saved?.sql ?? "";
  const sql = draft.sql ?? begun;
  // What has run is in the history.
  const letGo = useLeaveGuard(sql !== begun && sql.trim() !== "");
  const limit = draft.limit === undefined ? (query?.limit ?? null) : draft.limit;
  const chart = draft.chart ?? (saved?.chart as ChartSpec | null) ?? null;
  const parameters = parametersOf(sql, draft.typed, query?.parameters ?? {}, saved?.parameters ?? []);
  const values = valuesOf(parameters);
  const run = useRunQuery();
  const isBusy = run.isPending || (query !== null && isRunning(query) && sql === query.sql);
  const start = () => {
    if (sql.trim() === "" || run.isPending || parameters.some(each => faultOf(each) !== null)) return;
    setFault(null);
    setDraft(now => ({ ...now, sql }));
    run.mutate(
      { sql, parameters: values, limit },
      {
        onSuccess: made => {
          letGo();
          setStarted(made.id);
          void navigate(queryPath(made.id) + kept(params, saved), { replace: id === NEW });
        },
      },
    );
  };
  const format = async () => {
    try {
      const { formatted } = await import("./editor/format");
      setDraft(now => ({ ...now, sql: formatted(sql) }));
      setFault(null);
    } catch {
      setFault(t.statementCannotFormatted);
    }
  };
  const mistake = query?.problem && sql === query.sql ? (placeOf(query.problem, sql)?.offset ?? null) : null;
  const view: ResultView = params.get("view") === "chart" ? "chart" : "rows";
  const setView = (to: ResultView) => {
    const next = new URLSearchParams(params);
    if (to === "chart") next.set("view", to);
    else next.delete("view");
    setParams(next, { replace: true, preventScrollReset: true });
  };
  const setType = (name: string, type: ParameterType) => {
    const text = parameters.find(each => each.name === name)?.text ?? "";
    setDraft(now => ({ ...now, typed: { ...now.typed, [name]: { type, text } } }));
  };
  const setText = (name: string, text: string) => {
    const type = parameters.find(each => each.name === name)?.type ?? "text";
    setDraft(now => ({ ...now, typed: { ...now.typed, [name]: { type, text } } }));
  };
  return (
    <>
      <Panel label={t.statement}>
        <div className={styles.bar}>
          <Button
            kind="primary"
            small
            icon={<Play size={14} />}
            busy={isBusy}
            disabled={sql.trim() === "" || isBusy}
            title={t.runCtrlEnter}
            aria-keyshortcuts="Control+Enter"
            onClick={start}
          >
            {t.run}
          </Button>
          <label className={styles.limit}>
            <span className="hidden">{t.limitRows}</span>
            <select
              value={limit ?? ""}
              onChange={event => {
                const to = event.target.value === "" ? null : Number(event.target.value);
                setDraft(now => ({ ...now, limit: to }));
              }}
            >
              {limits().map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
              {limit !== null && !limits().some(([value]) => value === String(limit)) && (
                <option value={limit}>{t.rowsLimit(limit)}</option>
              )}
            </select>
          </label>
          <Button small kind="quiet" icon={<AlignLeft size={14} />} onClick={() => void format()}>
            {t.format}
          </Button>
          <span className={styles.space} />
          <Button
            small
            icon={<Code size={14} />}
            disabled={sql.trim() === ""}
            onClick={() => setDialog("code")}
          >
            {t.copyCode}
          </Button>
          <Button
            small
            icon={<Link2 size={14} />}
            disabled={sql.trim() === ""}
            title={t.copyAddressStatement}
            onClick={() => copy(location.origin + newQueryPath(sql))}
          >
            {copied ? t.copied : t.copyLink}
          </Button>
          <Button
            small
            icon={<Save size={14} />}
            disabled={sql.trim() === ""}
            onClick={() => setDialog("save")}
          >
            {t.save}
          </Button>
        </div>
        <SqlEditor
          label={t.sql}
          value={sql}
          mistake={mistake}
          visits={visits}
          suggest={(text, caret) => suggestions.at(text, caret)}
          onChange={to => setDraft(now => ({ ...now, sql: to }))}
          onRun={start}
        />
        {parameters.length > 0 && (
          <div className={styles.parameters}>
            <ParameterFields parameters={parameters} onText={setText} onType={setType} />
          </div>
        )}
        {fault && <Notice kind="warn">{fault}</Notice>}
        <ErrorNotice error={run.error} />
      </Panel>
      <span role="status" className="hidden">
        {copied ? t.copied : ""}
      </span>
      {query ? (
        <>
          <ResultPanel
            query={query}
            view={view}
            chart={chart}
            onView={setView}
            onChart={spec => setDraft(now => ({ ...now, chart: spec }))}
            onPlace={() => setVisits(visits + 1)}
          />
          <SourcesPanel query={query} />
        </>
      ) : (
        sql.trim() === "" && <FirstQueries onChoose={to => setDraft(now => ({ ...now, sql: to }))} />
      )}
      {dialog === "code" && <QueryCodeDialog sql={sql} parameters={values} onClose={() => setDialog(null)} />}
      {dialog === "save" && (
        <SaveDialog
          sql={sql}
          parameters={parameters}
          chart={chart ?? (view === "chart" ? firstChart(query) : null)}
          saved={saved?.is_own ? saved : null}
          onSaved={made => {
            letGo();
            void navigate(savedQueryPath(made.id));
          }}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}

/** What the chart's view shows before somebody chooses. */
function firstChart(query: SqlQuery | null): ChartSpec | null {
  const { columns = null, rows = 0 } = query ?? {};
  return columns && specOf(choiceFor(columns, rows), columns);
}

/** What the address of a result keeps of the one before: rows or chart, and what the statement was saved as. */
function kept(params: URLSearchParams, saved: SavedQuery | null): string {
  const next = new URLSearchParams();
  if (params.get("view") === "chart") next.set("view", "chart");
  if (saved) next.set("saved", saved.id);
  const text = next.toString();
  return text && `?${text}`;
}
