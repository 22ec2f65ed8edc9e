import { Database, Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Bucket } from "@/api/models";
import { useBuckets } from "@/api/queries";
import { t } from "@/language/en/features/buckets";
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

const makeColumns = (): Column<Bucket>[] => [
  {
    id: "name",
    label: t.bucket,
    cell: row => (
      <NameCell
        icon={<PackageBlock form="bucket" size={20} name={row.name} kinds={null} revisions={0} />}
        sub={row.title}
      >
        <Link to={bucketPath(row.name)}>{row.name}</Link> <Purpose bucket={row.name} />
      </NameCell>
    ),
  },
  { id: "title", label: t.title, wide: true, cell: row => row.title },
  {
    id: "tags",
    label: t.tags,
    wide: true,
    width: 160,
    cell: row => <span className="muted">{row.tags.join(", ")}</span>,
  },
  { id: "by", label: t.added2, wide: true, width: 120, cell: row => row.created_by ?? "–" },
  {
    id: "at",
    label: t.added,
    wide: true,
    align: "right",
    width: 140,
    cell: row => <Ago at={row.created_at} />,
  },
  {
    id: "actions",
    label: t.actions,
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
  if (bucket === config.packageBucket) return <Chip>{t.packagesQuilt2}</Chip>;
  return bucket === config.serviceBucket ? <Chip>{t.settingsInstance}</Chip> : null;
}

export function BucketsAdminPage() {
  const buckets = useBuckets(true);
  const rows = itemsOf(buckets.data);
  return (
    <Page title={t.buckets}>
      <Head title={t.buckets} about={t.allBucketsRegistered}>
        <AddBucketButton />
      </Head>
      <ListPanel
        label={t.buckets}
        query={buckets}
        loading={t.loadingBuckets}
        columns={makeColumns()}
        rows={rows}
        id={row => row.name}
        empty={
          <Empty title={t.noBucketsYet} icon={<Database size={22} />}>
            {t.addFirstOne}
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
        {t.addBucket}
      </Button>
      {open && <AddBucketDialog onClose={() => setOpen(false)} />}
    </>
  );
}
