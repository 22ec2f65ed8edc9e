import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { Bucket, BucketTotals } from "@/api/models";
import { queries, useBuckets, useMe } from "@/api/queries";
import { t } from "@/language/en/features/buckets";
import { errorMessage } from "@/lib/errors";
import { bytes } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { bucketPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { CardLink } from "@/ui/CardLink";
import { ButtonLink } from "@/ui/Button";
import { Filter } from "@/ui/Field";
import { Chip, Head, Page } from "@/ui/Layout";
import { ListStates, MoreButton } from "@/ui/ListStates";
import { Ago } from "@/ui/Measures";
import { PackageBlock } from "@/ui/PackageBlock";
import { Mark } from "@/ui/Patch";
import { Empty, Notice } from "@/ui/States";
import styles from "./BucketsPage.module.css";

const FILTERED_FROM = 8;

export function BucketsPage() {
  const buckets = useBuckets();
  const { data: me } = useMe();
  const [filter, setFilter] = useState("");
  const totals = useQuery(queries.bucketTotals(useServices()));
  const totalsOf = new Map(totals.data?.items.map(each => [each.bucket, each]));
  const all = itemsOf(buckets.data);
  const shown = all.filter(bucket =>
    `${bucket.name} ${bucket.title} ${bucket.tags.join(" ")}`.toLowerCase().includes(filter.toLowerCase()),
  );
  const add = me?.is_staff && (
    <ButtonLink to="/admin/buckets" icon={<Plus size={15} />}>
      {t.addBucket}
    </ButtonLink>
  );
  return (
    <Page title={t.buckets}>
      <Head title={t.buckets} about={t.whereTeamsKeep}>
        {all.length >= FILTERED_FROM && (
          <Filter label={t.filterBuckets} value={filter} onChange={setFilter} />
        )}
        {add}
      </Head>
      <ListStates
        query={buckets}
        loading={t.loadingBuckets}
        count={all.length}
        empty={
          <Empty title={t.noBucketsYet} icon={<Mark size={26} />}>
            {me?.is_staff ? t.addFirstOne : t.roleDoesNot}
          </Empty>
        }
      >
        {buckets.isError && !buckets.isFetchNextPageError && (
          <Notice kind="warn">{t.listBelowMay(errorMessage(buckets.error))}</Notice>
        )}
        {shown.length === 0 && <Empty title={t.noBucketCalled(filter)} />}
        <ul className={styles.grid}>
          {shown.map(bucket => (
            <BucketCard key={bucket.name} bucket={bucket} totals={totalsOf.get(bucket.name)} />
          ))}
        </ul>
      </ListStates>
      {buckets.hasNextPage && (
        <div>
          <MoreButton query={buckets} label={t.showMore} />
        </div>
      )}
    </Page>
  );
}

function BucketCard({ bucket, totals }: { bucket: Bucket; totals: BucketTotals | undefined }) {
  return (
    <li className={styles.card}>
      <PackageBlock
        form="bucket"
        size={48}
        name={bucket.name}
        kinds={totals?.kinds}
        revisions={totals?.packages ?? 0}
      />
      <div className={styles.text}>
        <h2>
          <CardLink to={bucketPath(bucket.name)}>{bucket.title}</CardLink>
        </h2>
        <code className={styles.name}>s3://{bucket.name}</code>
        {totals && (
          <p className={styles.facts}>
            {t.packageUpdated(totals.packages, bytes(totals.total_bytes), <Ago at={totals.modified} />)}
          </p>
        )}
        {bucket.description && <p className={styles.about}>{bucket.description}</p>}
        {bucket.tags.length > 0 && (
          <p className={styles.tags}>
            {bucket.tags.map(tag => (
              <Chip key={tag}>{tag}</Chip>
            ))}
          </p>
        )}
      </div>
    </li>
  );
}
