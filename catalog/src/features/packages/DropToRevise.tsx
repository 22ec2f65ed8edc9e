import { useNavigate } from "react-router";
import { useBucket } from "@/api/queries";
import { t } from "@/language/en/features/packages";
import { revisePath } from "@/lib/paths";
import { droppedFiles, handOver } from "@/s3/dropped";
import { useBucketPreferences } from "@/s3/preferences";
import { DropAnywhere } from "@/ui/DropAnywhere";
import type { PackageLocation } from "./place";

/** Files dropped on a package's page begin its next revision. `folder`: where they go, without a slash at its end. */
export function DropToRevise({
  bucket,
  name,
  revision,
  folder,
}: Pick<PackageLocation, "bucket" | "name" | "revision"> & { folder: string }) {
  const navigate = useNavigate();
  const { data: about } = useBucket(bucket);
  const { actions } = useBucketPreferences(bucket);
  if (!about) return null;
  const revise = async (data: DataTransfer) => {
    handOver(await droppedFiles(data));
    const to = revisePath(bucket, name, revision.top_hash);
    await navigate(folder ? `${to}&${new URLSearchParams({ path: folder }).toString()}` : to);
  };
  const writable = about.level === "READ_WRITE" && actions.revisePackage;
  return (
    <DropAnywhere onDrop={writable ? data => void revise(data) : null}>
      {writable ? t.dropAddNew([name, folder].filter(Boolean).join("/")) : t.packageCannotRevised(bucket)}
    </DropAnywhere>
  );
}
