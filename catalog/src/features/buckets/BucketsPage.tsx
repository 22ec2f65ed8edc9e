import { Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Bucket } from "@/api/models";
import { useBuckets, useMe } from "@/api/queries";
import { errorMessage } from "@/lib/errors";
import { itemsOf } from "@/lib/pages";
import { bucketPath } from "@/lib/paths";
import { ButtonLink } from "@/ui/Button";
import { Filter } from "@/ui/Field";
import { Chip, Head, Page } from "@/ui/Layout";
import { ListStates, MoreButton } from "@/ui/ListPanel";
import { Block, Mark } from "@/ui/Patch";
import { Empty, Notice } from "@/ui/States";
import styles from "./BucketsPage.module.css";

const FILTERED_FROM = 8;

export function BucketsPage() {
  const buckets = useBuckets();
  const { data: me } = useMe();
  const [filter, setFilter] = useState("");
  const all = itemsOf(buckets.data);
  const shown = all.filter(bucket =>
    `${bucket.name} ${bucket.title} ${bucket.tags.join(" ")}`.toLowerCase().includes(filter.toLowerCase()),
  );
  const add = me?.is_staff && (
    <ButtonLink to="/admin/buckets" icon={<Plus size={15} />}>
      Add a bucket
    </ButtonLink>
  );
  return (
    <Page title="Buckets">
      <Head title="Buckets" about="Where your teams keep their data packages and files.">
        {all.length >= FILTERED_FROM && <Filter label="Filter buckets" value={filter} onChange={setFilter} />}
        {add}
      </Head>
      <ListStates
        query={buckets}
        loading="Loading buckets"
        count={all.length}
        empty={
          <Empty title="No buckets yet" icon={<Mark size={26} />}>
            {me?.is_staff
              ? "Add the first one: an existing S3 bucket, or a new one."
              : "Your role does not include any bucket. Ask an administrator for access."}
          </Empty>
        }
      >
        {buckets.isError && !buckets.isFetchNextPageError && (
          <Notice kind="warn">{errorMessage(buckets.error)} The list below may be out of date.</Notice>
        )}
        {shown.length === 0 && <Empty title={`No bucket is called “${filter}”`} />}
        <ul className={styles.grid}>
          {shown.map(bucket => (
            <BucketCard key={bucket.name} bucket={bucket} />
          ))}
        </ul>
      </ListStates>
      {buckets.hasNextPage && (
        <div>
          <MoreButton query={buckets} label="Show more" />
        </div>
      )}
    </Page>
  );
}

function BucketCard({ bucket }: { bucket: Bucket }) {
  return (
    <li className={styles.card}>
      <Block name={bucket.name} size={44} />
      <div className={styles.text}>
        <h2>
          <Link to={bucketPath(bucket.name)} className={styles.link}>
            {bucket.title}
          </Link>
        </h2>
        <code className={styles.name}>s3://{bucket.name}</code>
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
