import { useInfiniteQuery } from "@tanstack/react-query";
import { Database, Play, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useMe } from "@/api/queries";
import { isRunning, type SqlQuery, sqlQueries, useDeleteQuery, useRunAgain } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { bytes, count, decimal } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { newQueryPath, queryPath } from "@/lib/sql";
import { useServices } from "@/s3/context";
import { ButtonLink, IconButton } from "@/ui/Button";
import { Check } from "@/ui/Field";
import { Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago } from "@/ui/Measures";
import { Empty, ErrorNotice } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { StateSign, states } from "./QueryStatus";
import styles from "./QueriesPage.module.css";

/** What the caller has asked; administrators may see what everybody has. */
export function QueriesPage() {
  const { data: me } = useMe();
  const [everyone, setEveryone] = useState(false);
  const history = useInfiniteQuery(sqlQueries.queries(useServices(), everyone));
  const navigate = useNavigate();
  const again = useRunAgain();
  const remove = useDeleteQuery();
  const columns: Column<SqlQuery>[] = [
    {
      id: "sql",
      label: t.query,
      cell: row => (
        <NameCell icon={<StateSign state={row.state} />} sub={states()[row.state]}>
          <Link to={queryPath(row.id)} className={styles.sql} title={row.sql}>
            {row.name ?? oneLine(row)}
          </Link>
        </NameCell>
      ),
    },
    ...(everyone
      ? [{ id: "by", label: t.by, wide: true, width: 140, cell: (row: SqlQuery) => row.created_by }]
      : []),
    {
      id: "rows",
      label: t.rows,
      wide: true,
      align: "right",
      width: 110,
      cell: row => (
        <span className="num">{row.state === "done" ? count(row.rows) : states()[row.state]}</span>
      ),
    },
    {
      id: "cost",
      label: t.cost,
      wide: true,
      align: "right",
      width: 170,
      cell: row => (
        <span className="num muted">
          {t.sSecondsReadBytes(decimal(Math.round(row.seconds * 100) / 100), bytes(row.read_bytes))}
        </span>
      ),
    },
    {
      id: "when",
      label: t.when,
      wide: true,
      align: "right",
      width: 130,
      cell: row => <Ago at={row.created_at} />,
    },
    {
      id: "actions",
      label: t.actions,
      quiet: true,
      align: "right",
      width: 120,
      cell: row => (
        <span className={styles.actions}>
          {row.kind === "sql" && (
            <IconButton
              label={t.runAgain(oneLine(row))}
              disabled={again.isPending}
              onClick={() => again.mutate(row.id, { onSuccess: made => void navigate(queryPath(made.id)) })}
            >
              <Play size={15} />
            </IconButton>
          )}
          <IconButton
            label={t.deleteRow(oneLine(row))}
            disabled={isRunning(row) || remove.isPending}
            onClick={() => remove.mutate(row.id)}
          >
            <Trash2 size={15} />
          </IconButton>
        </span>
      ),
    },
  ];
  return (
    <Page title={t.queries}>
      <Head title={t.history} about={t.sqlOverTables}>
        {me?.is_staff && <Check label={t.everybody} checked={everyone} onChange={setEveryone} />}
        <ButtonLink kind="primary" to={newQueryPath()} icon={<Plus size={15} />}>
          {t.newQuery}
        </ButtonLink>
      </Head>
      <ErrorNotice error={again.error ?? remove.error} />
      <ListPanel
        label={t.queries}
        query={history}
        loading={t.loadingQueries}
        rows={itemsOf(history.data)}
        columns={columns}
        id={row => row.id}
        empty={
          <Empty
            title={t.noQueriesYet}
            icon={<Database size={22} />}
            action={<ButtonLink to={newQueryPath()}>{t.writeQuery}</ButtonLink>}
          >
            {t.openTablePackage}
          </Empty>
        }
      />
    </Page>
  );
}

function oneLine({ kind, sql, difference }: SqlQuery): string {
  if (kind === "row_difference" && sql === "") return difference ? t.differenceRows : t.comparingRows;
  return sql.replace(/\s+/g, " ").trim().slice(0, 200);
}
