import { Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Bucket, BucketTotals } from "@/api/models";
import type { useBuckets } from "@/api/queries";
import { t } from "@/language/en/features/home";
import { bytes } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { bucketPath } from "@/lib/paths";
import { Filter } from "@/ui/Field";
import { ListStates, MoreButton } from "@/ui/ListStates";
import { PackageBlock } from "@/ui/PackageBlock";
import styles from "./BucketRail.module.css";

const FILTERED_FROM = 10;

export function BucketRail({
  buckets,
  totals,
  isStaff,
}: {
  buckets: ReturnType<typeof useBuckets>;
  /** Undefined where they are not known. */
  totals: readonly BucketTotals[] | undefined;
  isStaff: boolean;
}) {
  const [filter, setFilter] = useState("");
  const all = itemsOf(buckets.data);
  const wanted = filter.toLowerCase();
  const shown = all.filter(({ name, title }) => `${name} ${title}`.toLowerCase().includes(wanted));
  const totalsOf = new Map(totals?.map(each => [each.bucket, each]));
  return (
    <section className={styles.rail} aria-labelledby="buckets">
      <div className={styles.head}>
        <h2 id="buckets">{t.buckets}</h2>
        {isStaff ? (
          <Link to="/admin/buckets" className={styles.add}>
            <Plus size={14} /> {t.addBucket}
          </Link>
        ) : (
          all.length > 0 && <Link to="/buckets">{t.all}</Link>
        )}
      </div>
      {all.length >= FILTERED_FROM && <Filter label={t.filterBuckets} value={filter} onChange={setFilter} />}
      <ListStates
        query={buckets}
        loading={t.loadingBuckets}
        lines={4}
        count={all.length}
        empty={<p className="muted">{t.seeNoBucket}</p>}
      >
        <ul className={styles.list}>
          {shown.map(bucket => (
            <RailBucket
              key={bucket.name}
              bucket={bucket}
              totals={totalsOf.get(bucket.name)}
              areTotalsKnown={totals !== undefined}
            />
          ))}
        </ul>
      </ListStates>
      <MoreButton query={buckets} label={t.showMore} small />
    </section>
  );
}

function RailBucket({
  bucket,
  totals,
  areTotalsKnown,
}: {
  bucket: Bucket;
  totals: BucketTotals | undefined;
  areTotalsKnown: boolean;
}) {
  return (
    <li>
      <Link to={bucketPath(bucket.name)}>
        <PackageBlock
          form="bucket"
          size={36}
          name={bucket.name}
          kinds={totals?.kinds}
          revisions={totals?.packages ?? 0}
        />
        <span className={styles.text}>
          <span className={styles.title}>{bucket.title}</span>
          <span className={styles.facts}>
            {totals
              ? `${t.packagesPackages(totals.packages)}, ${bytes(totals.total_bytes)}`
              : areTotalsKnown
                ? t.noPackages
                : "\u00a0"}
          </span>
        </span>
      </Link>
    </li>
  );
}
