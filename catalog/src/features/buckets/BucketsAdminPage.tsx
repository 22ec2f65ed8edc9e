import { Database, Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Bucket } from "@/api/models";
import { useBuckets } from "@/api/queries";
import { itemsOf } from "@/lib/pages";
import { bucketPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Chip, Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago } from "@/ui/Measures";
import { PackageBlock } from "@/ui/PackageBlock";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { EditBucket, UnregisterBucket } from "./BucketActions";
import { AddBucketDialog } from "./BucketForm";
import styles from "./BucketsAdminPage.module.css";

const COLUMNS: Column<Bucket>[] = [
  {
    id: "name",
    label: "Bucket",
    cell: row => (
      <NameCell
        icon={<PackageBlock form="bucket" size={20} name={row.name} kinds={null} revisions={0} />}
        sub={row.title}
      >
        <Link to={bucketPath(row.name)}>{row.name}</Link> <Purpose bucket={row.name} />
      </NameCell>
    ),
  },
  { id: "title", label: "Title", wide: true, cell: row => row.title },
  {
    id: "tags",
    label: "Tags",
    wide: true,
    cell: row => <span className="muted">{row.tags.join(", ")}</span>,
  },
  { id: "by", label: "Added by", wide: true, width: 140, cell: row => row.created_by ?? "–" },
  {
    id: "at",
    label: "Added",
    wide: true,
    align: "right",
    width: 140,
    cell: row => <Ago at={row.created_at} />,
  },
  {
    id: "actions",
    label: "Actions",
    quiet: true,
    align: "right",
    width: 218,
    wide: true,
    cell: row => (
      <span className={styles.tools}>
        <EditBucket bucket={row} small /> <UnregisterBucket bucket={row} small />
      </span>
    ),
  },
];

/** What a bucket is for that the instance itself made. */
function Purpose({ bucket }: { bucket: string }) {
  const { config } = useServices();
  if (bucket === config.packageBucket) return <Chip>packages of Quilt 2</Chip>;
  return bucket === config.serviceBucket ? <Chip>settings of the instance</Chip> : null;
}

export function BucketsAdminPage() {
  const buckets = useBuckets(true);
  const rows = itemsOf(buckets.data);
  return (
    <Page title="Buckets">
      <Head title="Buckets" about="All buckets that are registered here.">
        <AddBucketButton />
      </Head>
      <ListPanel
        label="Buckets"
        query={buckets}
        loading="Loading buckets"
        columns={COLUMNS}
        rows={rows}
        id={row => row.name}
        empty={
          <Empty title="No buckets yet" icon={<Database size={22} />}>
            Add the first one: an existing S3 bucket, or a new one.
          </Empty>
        }
      />
    </Page>
  );
}

function AddBucketButton() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" icon={<Plus size={15} />} onClick={() => setOpen(true)}>
        Add a bucket
      </Button>
      {open && <AddBucketDialog onClose={() => setOpen(false)} />}
    </>
  );
}
