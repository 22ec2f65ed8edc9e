import { FileText, FolderTree, Package, Workflow } from "lucide-react";
import { Link, NavLink, Outlet, useParams } from "react-router";
import { useBucket } from "@/api/queries";
import { bucketPath, packagesPath } from "@/lib/paths";
import { Chip } from "@/ui/Layout";
import { Block } from "@/ui/Patch";
import { Failure } from "@/ui/States";
import styles from "./Bucket.module.css";

export function useBucketName(): string {
  return useParams().bucket ?? "";
}

/** What all pages of a bucket have above them. */
export function Component() {
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
          <nav aria-label="Bucket" className={styles.tabs}>
            <NavLink to={base} end>
              <FileText size={15} />
              Overview
            </NavLink>
            <NavLink to={packagesPath(name)}>
              <Package size={15} />
              Packages
            </NavLink>
            {bucket.data?.level !== null && (
              <>
                <NavLink to={`${base}/tree/`}>
                  <FolderTree size={15} />
                  Files
                </NavLink>
                <NavLink to={`${base}/workflows`}>
                  <Workflow size={15} />
                  Workflows
                </NavLink>
              </>
            )}
          </nav>
        </div>
      </div>
      <Outlet />
    </>
  );
}
