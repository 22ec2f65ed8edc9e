import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { GitCommitHorizontal, GitCompareArrows, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import type { Push } from "@/api/models";
import { queries } from "@/api/queries";
import { bytes, change, counted } from "@/lib/format";
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
      label: "Message",
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
              <Ago at={row.pushed_at} /> by {row.author ?? "unknown"} · <Hash of={row.top_hash} /> ·{" "}
              {totals(row)}
            </>
          }
        >
          <Link to={entryPath(bucket, name, row.top_hash)} title={row.message ?? undefined}>
            {row.message ?? (row.state === "ready" ? "No message" : "Unreadable revision")}
          </Link>{" "}
          {row.tag === newest && <Chip kind="accent">latest</Chip>}{" "}
          {row.state !== "ready" && (
            <span title={row.problem ?? undefined}>
              <Chip kind="danger">{row.state}</Chip> <span className={styles.bad}>{row.problem}</span>
            </span>
          )}
        </NameCell>
      ),
    },
    {
      id: "changes",
      label: "Changed",
      wide: true,
      width: 250,
      cell: row => <Changes of={row} />,
    },
    {
      id: "files",
      label: "Files",
      wide: true,
      align: "right",
      width: 150,
      cell: row =>
        row.state === "ready" && (
          <span className="num">
            {counted(row.total_entries, "file")}, {bytes(row.total_bytes)}
          </span>
        ),
    },
    {
      id: "hash",
      label: "Top hash",
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
      label: "Pushed",
      wide: true,
      width: 124,
      cell: row => <Ago at={row.pushed_at} />,
    },
    {
      id: "author",
      label: "By",
      wide: true,
      width: 130,
      cell: row => <PushAuthor author={row.author} />,
    },
    {
      id: "compare",
      label: "Compare",
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
            aria-label="Compare with the push before"
            title="Compare with the push before"
          />
        ),
    },
  ];
  return (
    <Page title={`Revisions of ${name}`} dense>
      <PackageHeader bucket={bucket} name={name} about={about.data} />
      <PackageTabs bucket={bucket} name={name} reference="latest" path="" current="revisions" />
      <ListPanel
        label="Revisions"
        table={`Revisions of ${name}`}
        query={revisions}
        loading="Loading revisions"

        columns={columns}
        rows={rows}
        id={row => row.tag}
        empty={<Empty title="No revisions" />}
      />
    </Page>
  );
}

function totals(row: Push): string {
  return row.state === "ready"
    ? `${counted(row.total_entries, "file")} · ${bytes(row.total_bytes)}`
    : row.state;
}

const SIGNS = [
  ["added", "+", "added"],
  ["removed", "−", "removed"],
  ["changed", "~", "changed"],
  ["moved", "→", "moved"],
  ["metadata", "meta ", "with other metadata"],
] as const;

/** Since the push before. */
function Changes({ of: { changes } }: { of: Push }) {
  if (!changes) return <span className="muted">–</span>;
  const { counts } = changes;
  const some = counts ? SIGNS.filter(([kind]) => counts[kind] > 0) : [];
  const details = some.map(([kind, , words]) => `${counted(counts?.[kind] ?? 0, "file")} ${words}`);
  const grown = `${change(changes.bytes, bytes)} in all`;
  return (
    <span className={styles.changes} title={[...details, grown].join(", ")}>
      <Seam counts={counts} />
      {counts === null ? (
        <span className="muted">{change(changes.entries, each => counted(each, "file"))}</span>
      ) : some.length === 0 ? (
        <span className="muted">same files</span>
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
