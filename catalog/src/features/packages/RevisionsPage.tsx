import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { GitCommitHorizontal, GitCompareArrows, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import type { Push } from "@/api/models";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/packages/lists";
import { bytes, change } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { usePackageName } from "@/lib/params";
import { comparePath, entryPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { CopyButton } from "@/ui/Copy";
import { Chip, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago, Hash } from "@/ui/Measures";
import { Seam } from "@/ui/Seam";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { PackageHeader } from "./label/PackageHeader";
import { PackageTabs } from "./PackageTabs";
import { PushAuthor } from "./PushAuthor";
import { stateWord } from "./states";
import styles from "./RevisionsPage.module.css";

export function RevisionsPage() {
  const { bucket, name } = usePackageName();
  const revisions = useInfiniteQuery(queries.revisions(useServices(), bucket, name));
  const about = useQuery(queries.package(useServices(), bucket, name));
  const rows = itemsOf(revisions.data);
  const newest = rows[0]?.tag;
  const columns: Column<Push>[] = [
    {
      id: "message",
      label: t.message,
      cell: row => (
        <NameCell
          icon={
            row.state === "ready" ? (
              <GitCommitHorizontal size={16} />
            ) : (
              <TriangleAlert size={16} className={styles.bad} />
            )
          }
          sub={
            <>
              {t.byAgoAuthor(
                <Ago at={row.pushed_at} />,
                row.author ?? t.unknown,
                <Hash of={row.top_hash} />,
                totals(row),
              )}
            </>
          }
        >
          <Link to={entryPath(bucket, name, row.top_hash)} title={row.message ?? undefined}>
            {row.message ?? (row.state === "ready" ? t.noMessage : t.unreadableRevision)}
          </Link>{" "}
          {row.tag === newest && <Chip kind="accent">{t.latest}</Chip>}{" "}
          {row.state !== "ready" && (
            <span title={row.problem ?? undefined}>
              <Chip kind="danger">{stateWord(row.state)}</Chip>{" "}
              <span className={styles.bad}>{row.problem}</span>
            </span>
          )}
        </NameCell>
      ),
    },
    {
      id: "changes",
      label: t.changed,
      wide: true,
      width: 250,
      cell: row => <Changes of={row} />,
    },
    {
      id: "files",
      label: t.files,
      wide: true,
      align: "right",
      width: 150,
      cell: row =>
        row.state === "ready" && (
          <span className="num">
            {t.filesTotalEntries(row.total_entries)}, {bytes(row.total_bytes)}
          </span>
        ),
    },
    {
      id: "hash",
      label: t.topHash,
      wide: true,
      width: 118,
      cell: row => (
        <span className={styles.hash}>
          <Hash of={row.top_hash} /> <CopyButton text={row.top_hash} />
        </span>
      ),
    },
    {
      id: "pushed",
      label: t.pushed,
      wide: true,
      width: 124,
      cell: row => <Ago at={row.pushed_at} />,
    },
    {
      id: "author",
      label: t.by,
      wide: true,
      width: 130,
      cell: row => <PushAuthor author={row.author} />,
    },
    {
      id: "compare",
      label: t.compare,
      quiet: true,
      align: "right",
      width: 80,
      cell: row =>
        row.state === "ready" && (
          <ButtonLink
            small
            kind="quiet"
            icon={<GitCompareArrows size={15} />}
            to={comparePath({ bucket, name, reference: row.tag })}
            aria-label={t.comparePushBefore}
            title={t.comparePushBefore}
          />
        ),
    },
  ];
  return (
    <Page title={t.revisionsName(name)} dense>
      <PackageHeader bucket={bucket} name={name} about={about.data} />
      <PackageTabs bucket={bucket} name={name} reference="latest" path="" current="revisions" />
      <ListPanel
        label={t.revisions}
        table={t.revisionsName(name)}
        query={revisions}
        loading={t.loadingRevisions}

        columns={columns}
        rows={rows}
        id={row => row.tag}
        empty={<Empty title={t.noRevisions} />}
      />
    </Page>
  );
}

function totals(row: Push): string {
  return row.state === "ready"
    ? `${t.filesTotalEntries(row.total_entries)} · ${bytes(row.total_bytes)}`
    : row.state;
}

const signs = () =>
  [
    ["added", "+", t.added],
    ["removed", "−", t.removed],
    ["changed", "~", t.changed2],
    ["moved", "→", t.moved],
    ["metadata", "meta ", t.otherMetadata],
  ] as const;

/** Since the push before. */
function Changes({ of: { changes } }: { of: Push }) {
  if (!changes) return <span className="muted">–</span>;
  const { counts } = changes;
  const some = counts ? signs().filter(([kind]) => counts[kind] > 0) : [];
  const details = some.map(([kind, , words]) => `${t.filesCount(counts?.[kind] ?? 0)} ${words}`);
  const grown = t.allBytes(change(changes.bytes, bytes));
  return (
    <span className={styles.changes} title={[...details, grown].join(", ")}>
      <Seam counts={counts} />
      {counts === null ? (
        <span className="muted">{change(changes.entries, each => t.filesEach(each))}</span>
      ) : some.length === 0 ? (
        <span className="muted">{t.sameFiles}</span>
      ) : (
        some.map(([kind, sign, words]) => (
          <span key={kind} data-kind={kind} className="num">
            {sign}
            {counts[kind]}
            <span className="hidden"> {words} </span>
          </span>
        ))
      )}
    </span>
  );
}
