/** What is fetched again after a change that several pages make. */
import type { QueryClient } from "@tanstack/react-query";
import { keys } from "./keys";
import type { Job } from "./models";

/** A push to the package, or a deletion, is done. */
export function refreshPackage(queryClient: QueryClient, bucket: string, name: string): void {
  for (const queryKey of [
    keys.package(bucket, name),
    keys.revisions(bucket, name),
    keys.revision(bucket, name),
    keys.packages(bucket),
    keys.search(),
  ])
    void queryClient.invalidateQueries({ queryKey });
}

/** The registry has taken the job. */
export function rememberJob(queryClient: QueryClient, job: Job): void {
  queryClient.setQueryData(keys.job(job.id), job);
  void queryClient.invalidateQueries({ queryKey: keys.jobs() });
}
