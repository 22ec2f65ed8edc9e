import { FileText, FolderTree, Package, Workflow } from "lucide-react";
import { Link, Outlet } from "react-router";
import { useBucket } from "@/api/queries";
import { DropToCreate } from "@/features/packages/DropToCreate";
import { useBucketName } from "@/lib/params";
import { bucketPath, packagesPath } from "@/lib/paths";
import { Chip } from "@/ui/Layout";
import { Block } from "@/ui/Patch";
import { Failure } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import styles from "./BucketLayout.module.css";

/** What all pages of a bucket have above them. */
export function BucketLayout() {
  const name = useBucketName();
  const bucket = useBucket(name);
  if (bucket.isError)
    return (
      <>
        <h1 className="hidden">{name}</h1>
        <Failure error={bucket.error} retry={bucket.refetch} />
      </>
    );
  const base = bucketPath(name);
  return (
    <>
      <div className={styles.band}>
        <div className={styles.inner}>
          <div className={styles.title}>
            <Link to={base} className={styles.home}>
              <Block name={name} size={36} />
              <span className={styles.names}>
                <span className={styles.heading}>{bucket.data?.title ?? name}</span>
                <code>s3://{name}</code>
              </span>
            </Link>
            {bucket.data?.level === "READ" && <Chip>read only</Chip>}
            {bucket.data?.level === null && <Chip>packages for you</Chip>}
          </div>
          <Tabs
            label="Bucket"
            tabs={[
              { to: base, label: "Overview", icon: <FileText size={15} />, end: true },
              { to: packagesPath(name), label: "Packages", icon: <Package size={15} /> },
              ...(bucket.data?.level === null
                ? []
                : [
                    { to: `${base}/tree/`, label: "Files", icon: <FolderTree size={15} /> },
                    { to: `${base}/workflows`, label: "Workflows", icon: <Workflow size={15} /> },
                  ]),
            ]}
          />
        </div>
      </div>
      <Outlet />
      {bucket.data && <DropToCreate bucket={bucket.data} />}
    </>
  );
}
