/** The download of the folder that a page shows; files have one of their own. */
import { useQuery } from "@tanstack/react-query";
import { queries } from "@/api/queries";
import { useServices } from "@/s3/context";
import { downloadPlace, type PackageLocation } from "../place";
import { DownloadMenu } from "./DownloadMenu";

export function FolderDownload(where: PackageLocation) {
  const { bucket, name, path, reference, revision } = where;
  const { data } = useQuery(queries.entry(useServices(), bucket, name, revision.top_hash, path));
  if (data?.type !== "directory") return null;
  return (
    <DownloadMenu
      primary
      place={downloadPlace(where, path)}
      reference={reference}
      totals={{ entries: data.total_entries, bytes: data.total_bytes }}
    />
  );
}
