/** Which buckets may be read and written. */
import { useEffect } from "react";
import { useBuckets } from "@/api/queries";
import { t } from "@/language/en/features/admin";
import { itemsOf } from "@/lib/pages";
import { EVERY, type Level, type Permissions, rowsOf, withLevel } from "@/lib/permissions";
import { useServices } from "@/s3/context";
import { Loaded } from "@/ui/Loaded";
import styles from "./PermissionMatrix.module.css";

const choices = (): readonly (readonly [Level | null, string])[] => [
  [null, t.nothing],
  ["READ", t.read],
  ["READ_WRITE", t.readWrite],
];

export function PermissionMatrix({
  permissions,
  change,
}: {
  permissions: Permissions;
  change: (permissions: Permissions) => void;
}) {
  const buckets = useBuckets(true);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = buckets;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  return (
    <Loaded query={buckets} label={t.loadingBuckets}>
      {data => (
        <Matrix names={itemsOf(data).map(bucket => bucket.name)} permissions={permissions} change={change} />
      )}
    </Loaded>
  );
}

function Matrix({
  names,
  permissions,
  change,
}: {
  names: readonly string[];
  permissions: Permissions;
  change: (permissions: Permissions) => void;
}) {
  const { packageBucket } = useServices().config;
  return (
    <table className={styles.matrix}>
      <caption className="hidden">{t.permissions}</caption>
      <thead>
        <tr>
          <th scope="col">{t.bucket}</th>
          {choices().map(([, label]) => (
            <th key={label} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rowsOf(permissions, names).map(bucket => (
          <tr key={bucket} className={bucket === EVERY ? styles.every : undefined}>
            <th scope="row">
              {bucket === EVERY ? t.everyRegisteredBucket : bucket}
              {bucket === packageBucket && <span className="muted">{t.packagesQuilt2}</span>}
              {bucket !== EVERY && !names.includes(bucket) && (
                <span className="muted">{t.notRegistered}</span>
              )}
            </th>
            {choices().map(([level, label]) => (
              <td key={label}>
                <label>
                  <input
                    type="radio"
                    name={t.levelBucket(bucket)}
                    checked={(permissions[bucket] ?? null) === level}
                    onChange={() => change(withLevel(permissions, bucket, level))}
                  />
                  <span className="hidden">
                    {label}: {bucket === EVERY ? t.everyRegisteredBucket2 : bucket}
                  </span>
                </label>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
