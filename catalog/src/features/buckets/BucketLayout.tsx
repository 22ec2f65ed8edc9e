import { useQuery } from "@tanstack/react-query";
import { ChartLine, FileText, FolderTree, Package, Workflow } from "lucide-react";
import { Link, Outlet, useMatch } from "react-router";
import { queries, useBucket } from "@/api/queries";
import { DropToCreate } from "@/features/packages/DropToCreate";
import { t } from "@/language/en/features/buckets";
import { useBucketName } from "@/lib/params";
import { bucketPath, packagesPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { useBucketPreferences } from "@/s3/preferences";
import { Chip } from "@/ui/Layout";
import { PackageBlock } from "@/ui/PackageBlock";
import { Failure } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import styles from "./BucketLayout.module.css";

/** Pages of a package with a label, which leads to the bucket. */
const LABELLED = /^(|revisions|activity|insight|tree\/.*)$/;

/** What all other pages of a bucket have above them. */
export function BucketLayout() {
  const name = useBucketName();
  const bucket = useBucket(name);
  const { nav } = useBucketPreferences(name);
  const rest = useMatch("/b/:bucket/packages/:author/:name/*")?.params["*"];
  const inPackage = rest !== undefined && LABELLED.test(rest);
  const services = useServices();
  const { config } = services;
  const { data: all } = useQuery({ ...queries.bucketTotals(services), enabled: !inPackage });
  const totals = all?.items.find(each => each.bucket === name);
  if (bucket.isError)
    return (
      <>
        <h1 className="hidden">{name}</h1>
        <Failure error={bucket.error} retry={bucket.refetch} />
      </>
    );
  const base = bucketPath(name);
  if (inPackage)
    return (
      <>
        <Outlet />
        {bucket.data && <DropToCreate bucket={bucket.data} />}
      </>
    );
  return (
    <>
      <div className={styles.band}>
        <div className={styles.inner}>
          <div className={styles.title}>
            <Link to={base} className={styles.home}>
              <PackageBlock
                form="bucket"
                size={36}
                name={name}
                kinds={totals?.kinds}
                revisions={totals?.packages ?? 0}
              />
              <span className={styles.names}>
                <span className={styles.heading}>{bucket.data?.title ?? name}</span>
                <code>s3://{name}</code>
              </span>
            </Link>
            {bucket.data?.level === "READ" && <Chip>{t.readOnly}</Chip>}
            {bucket.data?.level === null && <Chip>{t.packagesForYou}</Chip>}
          </div>
          <Tabs
            label={t.bucket}
            tabs={[
              { to: base, label: t.overview, icon: <FileText size={15} />, end: true },
              ...(nav.packages
                ? [{ to: packagesPath(name), label: t.packages, icon: <Package size={15} /> }]
                : []),
              ...(nav.files && bucket.data?.level !== null
                ? [{ to: `${base}/tree/`, label: t.files, icon: <FolderTree size={15} /> }]
                : []),
              ...(nav.workflows && bucket.data?.level !== null
                ? [{ to: `${base}/workflows`, label: t.workflows, icon: <Workflow size={15} /> }]
                : []),
              // Where packages have readers of their own, they are not added up.
              ...(name !== config.packageBucket && bucket.data?.level !== null
                ? [{ to: `${base}/insight`, label: t.insight, icon: <ChartLine size={15} /> }]
                : []),
            ]}
          />
        </div>
      </div>
      <Outlet />
      {bucket.data && <DropToCreate bucket={bucket.data} />}
    </>
  );
}
