import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Package as PackageIcon, Plus } from "lucide-react";
import { useDeferredValue } from "react";
import { Link, useSearchParams } from "react-router";
import type { PackageSummary } from "@/api/models";
import { queries, useBucket } from "@/api/queries";
import { bytes, count, counted } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { useBucketName } from "@/lib/params";
import { packagePath, packagesPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Filter } from "@/ui/Field";
import { Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago, Size } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { FirstPushHelp } from "./FirstPushHelp";

const COLUMNS: Column<PackageSummary>[] = [
  {
    id: "name",
    label: "Package",
    cell: row => (
      <NameCell
        icon={<PackageIcon size={16} />}
        sub={
          <>
            <Ago at={row.modified} /> · {counted(row.total_entries, "file")} · {bytes(row.total_bytes)}
          </>
        }
      >
        <Link to={packagePath(row.bucket, row.name)}>{row.name}</Link>
      </NameCell>
    ),
  },
  {
    id: "message",
    label: "Latest message",
    wide: true,
    cell: row => (
      <span className="muted" title={row.message ?? undefined}>
        {row.message}
      </span>
    ),
  },
  {
    id: "revisions",
    label: "Pushes",
    wide: true,
    align: "right",
    width: 84,
    cell: row => <span className="num">{count(row.revisions)}</span>,
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
    id: "modified",
    label: "Updated",
    wide: true,
    align: "right",
    width: 136,
    cell: row => <Ago at={row.modified} />,
  },
];

export function PackagesPage() {
  const bucket = useBucketName();
  const { data: about } = useBucket(bucket);
  const [params, setParams] = useSearchParams();
  const filter = params.get("filter") ?? "";
  const contains = useDeferredValue(filter);
  const packages = useInfiniteQuery({
    ...queries.packages(useServices(), bucket, contains),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title={`Packages in ${bucket}`}>
      <Head title="Packages">
        <Filter
          label="Filter by name"
          value={filter}
          onChange={value => setParams(value ? { filter: value } : {}, { replace: true })}
        />
        {about?.level === "READ_WRITE" && (
          <ButtonLink to={`${packagesPath(bucket)}/new`} icon={<Plus size={15} />}>
            New package
          </ButtonLink>
        )}
      </Head>
      <ListPanel
        label="Packages"
        table={`Packages in ${bucket}`}
        query={packages}
        loading="Loading packages"
        rows={itemsOf(packages.data)}
        columns={COLUMNS}
        id={row => row.name}
        empty={
          contains ? (
            <Empty title="No such package" icon={<PackageIcon size={22} />}>
              No package name here contains “{contains}”.
            </Empty>
          ) : (
            <FirstPushHelp bucket={bucket} />
          )
        }
      />
    </Page>
  );
}
