/** What the address of a page names. */
import { useParams } from "react-router";

export function useBucketName(): string {
  return useParams().bucket ?? "";
}

/** Package names have two parts in addresses, too. */
export function usePackageName(): { bucket: string; name: string } {
  const { bucket = "", author = "", name = "" } = useParams();
  return { bucket, name: `${author}/${name}` };
}
