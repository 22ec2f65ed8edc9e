import { useInfiniteQuery } from "@tanstack/react-query";
import { Bookmark, ChartColumn, Plus, SquareCode } from "lucide-react";
import { Link } from "react-router";
import { type SavedQuery, sqlQueries } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { itemsOf } from "@/lib/pages";
import { newQueryPath, savedQueryPath } from "@/lib/sql";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Chip, Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import styles from "./SavedQueriesPage.module.css";

/** The caller's own, and those that others share. */
export function SavedQueriesPage() {
  const saved = useInfiniteQuery(sqlQueries.saved(useServices()));
  const columns: Column<SavedQuery>[] = [
    {
      id: "name",
      label: t.name,
      order: (a, b) => a.name.localeCompare(b.name),
      cell: row => (
        <NameCell
          icon={row.chart ? <ChartColumn size={16} aria-hidden /> : <SquareCode size={16} aria-hidden />}
          sub={row.description || row.owner}
        >
          <Link to={savedQueryPath(row.id)}>{row.name}</Link>
          {row.description && <span className={styles.about}>{row.description}</span>}
        </NameCell>
      ),
    },
    {
      id: "shared",
      label: t.shared,
      wide: true,
      width: 120,
      cell: row => row.shared && <Chip kind="accent">{t.shared2}</Chip>,
    },
    {
      id: "owner",
      label: t.by,
      wide: true,
      width: 160,
      order: (a, b) => a.owner.localeCompare(b.owner),
      cell: row => (row.is_own ? t.you : row.owner),
    },
    {
      id: "changed",
      label: t.changed,
      wide: true,
      align: "right",
      width: 140,
      order: (a, b) => a.updated_at.localeCompare(b.updated_at),
      cell: row => <Ago at={row.updated_at} />,
    },
  ];
  return (
    <Page title={t.savedQueries}>
      <Head title={t.savedQueries} about={t.yoursOthersShare}>
        <ButtonLink kind="primary" to={newQueryPath()} icon={<Plus size={15} />}>
          {t.newQuery}
        </ButtonLink>
      </Head>
      <ListPanel
        label={t.savedQueries}
        query={saved}
        loading={t.loadingSavedQueries}
        rows={itemsOf(saved.data)}
        columns={columns}
        id={row => row.id}
        sortable
        empty={
          <Empty
            title={t.nothingSavedYet}
            icon={<Bookmark size={22} />}
            action={<ButtonLink to={newQueryPath()}>{t.writeQuery}</ButtonLink>}
          >
            {t.saveQueryGive(<code>$year</code>)}
          </Empty>
        }
      />
    </Page>
  );
}
