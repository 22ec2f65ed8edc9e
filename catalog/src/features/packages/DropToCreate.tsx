import { useNavigate } from "react-router";
import type { Bucket } from "@/api/models";
import { packagesPath } from "@/lib/paths";
import { droppedFiles, handOver } from "@/s3/dropped";
import { DropAnywhere } from "@/ui/DropAnywhere";

/** Files dropped on a page of a bucket, unless that page has another use for them, begin a new package. */
export function DropToCreate({ bucket }: { bucket: Bucket }) {
  const navigate = useNavigate();
  const create = async (data: DataTransfer) => {
    handOver(await droppedFiles(data));
    await navigate(`${packagesPath(bucket.name)}/new`);
  };
  const writable = bucket.level === "READ_WRITE";
  return (
    <DropAnywhere fallback onDrop={writable ? data => void create(data) : null}>
      {writable
        ? `Drop to make a new package in ${bucket.name}`
        : `Your role may only read ${bucket.name}: files cannot be added here`}
    </DropAnywhere>
  );
}
