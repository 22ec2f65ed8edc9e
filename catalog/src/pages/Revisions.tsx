import { useInfiniteQuery } from "@tanstack/react-query";
import { GitCommitHorizontal } from "lucide-react";
import { Link, useParams } from "react-router";
import type { Push } from "@/api/models";
import { itemsOf, queries, useMore } from "@/api/queries";
import { useServices } from "@/app/services";
import { bytes, count, counted } from "@/lib/format";
import { entryPath, packagePath, packagesPath } from "@/lib/paths";
import { CopyButton } from "@/ui/Copy";
import { Chip, Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Ago, Hash, Size } from "@/ui/Measures";
import { MoreFailed } from "@/ui/MoreFailed";
import { Empty, Failure, Loading } from "@/ui/States";
import { NameCell, Table, type Column } from "@/ui/Table";

export function Component() {
  const { bucket = "", author = "", name: last = "" } = useParams();
  const name = `${author}/${last}`;
  const revisions = useInfiniteQuery(queries.revisions(useServices(), bucket, name));
  const more = useMore(revisions);
  const rows = itemsOf(revisions.data);
  const newest = rows[0]?.tag;
  const columns: Column<Push>[] = [
    {
      id: "message",
      label: "Message",
      cell: row => (
        <NameCell
          icon={<GitCommitHorizontal size={16} />}
          sub={
            <>
              <Ago at={row.pushed_at} /> · <Hash of={row.top_hash} /> · {counted(row.total_entries, "file")} ·{" "}
              {bytes(row.total_bytes)}
            </>
          }
        >
          <Link to={entryPath(bucket, name, row.top_hash)} title={row.message ?? undefined}>
            {row.message ?? <span className="muted">No message</span>}
          </Link>{" "}
          {row.tag === newest && <Chip kind="accent">latest</Chip>}{" "}
          {row.state !== "ready" && <Chip kind="danger">{row.state}</Chip>}
        </NameCell>
      ),
    },
    {
      id: "hash",
      label: "Top hash",
      wide: true,
      width: 132,
      cell: row => (
        <>
          <Hash of={row.top_hash} /> <CopyButton text={row.top_hash} />
        </>
      ),
    },
    {
      id: "files",
      label: "Files",
      wide: true,
      align: "right",
      width: 92,
      cell: row => <span className="num">{count(row.total_entries)}</span>,
    },
    {
      id: "size",
      label: "Size",
      wide: true,
      align: "right",
      width: 92,
      cell: row => <Size of={row.total_bytes} />,
    },
    {
      id: "pushed",
      label: "Pushed",
      wide: true,
      align: "right",
      width: 136,
      cell: row => <Ago at={row.pushed_at} />,
    },
  ];
  return (
    <Page title={`Revisions of ${name}`}>
      <Crumbs
        steps={[
          { label: "Packages", to: packagesPath(bucket) },
          { label: name, to: packagePath(bucket, name) },
          { label: "Revisions" },
        ]}
      />
      <Head title="Revisions" about="Every push of this package, newest first." />
      <Panel label="Revisions">
        {revisions.isPending ? (
          <Loading label="Loading revisions" />
        ) : revisions.isError && rows.length === 0 ? (
          <Failure error={revisions.error} retry={revisions.refetch} />
        ) : rows.length === 0 ? (
          <Empty title="No revisions" />
        ) : (
          <>
            <Table
              label={`Revisions of ${name}`}
              columns={columns}
              rows={rows}
              id={row => row.tag}
              more={more}
            />
            <MoreFailed query={revisions} />
          </>
        )}
      </Panel>
    </Page>
  );
}
