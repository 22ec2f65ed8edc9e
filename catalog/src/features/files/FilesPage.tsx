import { useLocation } from "react-router";
import { t } from "@/language/en/features/files";
import { useBucketName } from "@/lib/params";
import { bucketPath, crumbs, fromTail, treePath } from "@/lib/paths";
import { Crumbs, Page } from "@/ui/Layout";
import { Folder } from "./Folder";
import { StoredFile } from "./StoredFile";

/** A bucket's own files: a folder where the key ends with a slash (or there is none), else a file. */
export function FilesPage() {
  const bucket = useBucketName();
  // /b/BUCKET/tree/KEY
  const key = fromTail(useLocation().pathname, 3);
  const steps = [
    { label: bucket, to: `${bucketPath(bucket)}/tree/` },
    ...crumbs(key).map(({ label, path }) => ({ label, to: treePath(bucket, path) })),
  ];
  return (
    <Page title={t.inKeyBucket(key || t.files, bucket)}>
      {key === "" || key.endsWith("/") ? (
        <Folder key={key} bucket={bucket} prefix={key} crumbs={<Crumbs steps={steps} />} />
      ) : (
        <StoredFile key={key} bucket={bucket} objectKey={key} crumbs={<Crumbs steps={steps} />} />
      )}
    </Page>
  );
}
