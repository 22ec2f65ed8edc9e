import { useNavigate } from "react-router";
import type { Bucket } from "@/api/models";
import { t } from "@/language/en/features/packages/lists";
import { packagesPath } from "@/lib/paths";
import { droppedFiles, handOver } from "@/s3/dropped";
import { useBucketPreferences } from "@/s3/preferences";
import { DropAnywhere } from "@/ui/DropAnywhere";

/** Files dropped on a page of a bucket, unless that page has another use for them, begin a new package. */
export function DropToCreate({ bucket }: { bucket: Bucket }) {
  const navigate = useNavigate();
  const create = async (data: DataTransfer) => {
    handOver(await droppedFiles(data));
    await navigate(`${packagesPath(bucket.name)}/new`);
  };
  const { actions } = useBucketPreferences(bucket.name);
  const writable = bucket.level === "READ_WRITE" && actions.createPackage;
  return (
    <DropAnywhere fallback onDrop={writable ? data => void create(data) : null}>
      {writable ? t.dropMakeNew(bucket.name) : t.packagesCannotMade(bucket.name)}
    </DropAnywhere>
  );
}
