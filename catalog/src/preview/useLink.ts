import { useQuery } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { useServices } from "@/s3/context";
import type { ShownFile } from "./file";

const STALE_MILLISECONDS = 1_800_000;

/** An address at which a browser GETs the file itself, also in ranges. */
export function useLink({ target }: Pick<ShownFile, "target">, wanted = true) {
  const { s3 } = useServices();
  const { bucket, key, versionId, through } = target;
  return useQuery({
    queryKey: keys.objectLink(bucket, key, versionId ?? null, Boolean(through)),
    queryFn: () => s3.link(target),
    enabled: wanted,
    staleTime: STALE_MILLISECONDS,
  });
}
