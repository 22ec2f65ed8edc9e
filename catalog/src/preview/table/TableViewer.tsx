/** All rows of a table, page by page, with what is known about its columns. */
import { useQuery } from "@tanstack/react-query";
import { Database, Sigma } from "lucide-react";
import { useMemo, useState } from "react";
import { t } from "@/language/en/preview/table";
import { errorMessage } from "@/lib/errors";
import { bytes } from "@/lib/format";
import { nameOf } from "@/lib/paths";
import { isQueried, newQueryPath, patternOf, selectFrom } from "@/lib/sql";
import { useServices } from "@/s3/context";
import { Button, ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/States";
import type { Answer, TableAnswer } from "../answers";
import { type ShownFile, useFile } from "../file";
import { readerQueries } from "../queries";
import { useView } from "../viewState";
import { questionFrom } from "./question";
import { TableExplorer, useRange } from "./TableExplorer";
import { useRows } from "./useRows";
import styles from "./TableViewer.module.css";

/** Statistics of larger files are computed when somebody wants them. */
const MAX_UNASKED_BYTES = 50_000_000;

export default function TableViewer({ answer }: { answer: Answer }) {
  if (answer.kind !== "table") return null;
  if (answer.columns.length === 0) return <Notice>{t.tableNoColumns}</Notice>;
  // Another sheet is another table: where one was in it means nothing.
  return <Shown key={answer.table ?? ""} answer={answer} />;
}

function Shown({ answer }: { answer: TableAnswer }) {
  const file = useFile();
  const services = useServices();
  const { params, set } = useView();
  const question = useMemo(() => questionFrom(params), [params]);
  const { asked, onRows } = useRange();
  const rows = useRows(question, answer, asked.first, asked.last);
  const [wantsStatistics, setWantsStatistics] = useState(file.size <= MAX_UNASKED_BYTES);
  const statistics = useQuery({
    ...readerQueries.statistics(services, file, { table: question.table }),
    enabled: wantsStatistics,
  });
  const known = useMemo(
    () => (statistics.data ? new Map(statistics.data.columns.map(each => [each.name, each] as const)) : null),
    [statistics.data],
  );
  const compute = wantsStatistics ? null : () => setWantsStatistics(true);
  const statement = statementOf(file, answer);
  return (
    <div className={styles.viewer}>
      {statistics.isError && (
        <Notice kind="warn">{t.statisticsCannotComputed(errorMessage(statistics.error))}</Notice>
      )}
      <TableExplorer
        label={t.tableName(nameOf(file.name))}
        columns={answer.columns}
        sample={answer.rows}
        question={question}
        set={set}
        rows={rows}
        onRows={onRows}
        unfiltered={answer.total}
        statistics={{ known, isComputing: statistics.isFetching, compute }}
        toolsBefore={
          <TableChoice
            answer={answer}
            onTable={table => set({ table, sort: null, where: null, columns: null }, { step: true })}
          />
        }
        tools={
          <>
            {compute && (
              <Button small icon={<Sigma size={14} />} onClick={compute}>
                {t.statisticsFile(bytes(file.size))}
              </Button>
            )}
            {statement && (
              <ButtonLink
                small
                to={newQueryPath(statement)}
                icon={<Database size={14} />}
                title={t.queryFileSql}
              >
                {t.sql}
              </ButtonLink>
            )}
          </>
        }
      />
    </div>
  );
}

/** The first rows of the file in SQL; null for what statements do not read. */
function statementOf({ source, member }: ShownFile, answer: TableAnswer): string | null {
  if (!("package" in source) || member !== undefined || !isQueried(source.path)) return null;
  const { bucket, package: name, revision: reference, path } = source;
  const sheet = (answer.tables?.length ?? 0) > 1 ? answer.table : null;
  return selectFrom({ bucket, name, reference }, patternOf(path), sheet);
}

function TableChoice({ answer, onTable }: { answer: TableAnswer; onTable: (table: string) => void }) {
  const tables = answer.tables ?? [];
  if (tables.length < 2) return null;
  return (
    <select
      className={styles.tables}
      aria-label={t.tableFile}
      value={answer.table ?? tables[0]}
      onChange={event => onTable(event.target.value)}
    >
      {tables.map(name => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
