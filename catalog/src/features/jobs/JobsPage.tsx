import { useInfiniteQuery } from "@tanstack/react-query";
import { Workflow } from "lucide-react";
import { Link } from "react-router";
import { jobQueries } from "@/api/jobs";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { packagePath } from "@/lib/paths";
import { JobView } from "./JobPanel";
import { Button } from "@/ui/Button";
import { Head, Page, Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { MoreFailed } from "@/ui/MoreFailed";
import { Empty, Failure, Loading } from "@/ui/States";
import styles from "./JobsPage.module.css";

/** The pushes that the registry makes, or made, for who looks. */
export function JobsPage() {
  const jobs = useInfiniteQuery(jobQueries.jobs(useServices()));
  const rows = itemsOf(jobs.data);
  return (
    <Page title="Jobs" narrow>
      <Head title="Jobs" about="Pushes that the registry makes for you. They go on when you leave." />
      <Panel label="Jobs">
        {jobs.isPending ? (
          <Loading label="Loading jobs" />
        ) : jobs.isError && rows.length === 0 ? (
          <Failure error={jobs.error} retry={jobs.refetch} />
        ) : rows.length === 0 ? (
          <Empty title="No jobs yet" icon={<Workflow size={22} />}>
            Revise a package, create one, or push one to another bucket: you can follow it here.
          </Empty>
        ) : (
          <ul>
            {rows.map(job => (
              <li key={job.id} className={styles.job}>
                <JobView job={job} brief />
                <p className={styles.when}>
                  <Link to={packagePath(job.bucket, job.name)}>{job.name}</Link> ·{" "}
                  {job.finished_at ? (
                    <>
                      over <Ago at={job.finished_at} />
                    </>
                  ) : (
                    <>
                      begun <Ago at={job.created_at} />
                    </>
                  )}
                </p>
              </li>
            ))}
          </ul>
        )}
        <MoreFailed query={jobs} />
      </Panel>
      {jobs.hasNextPage && !jobs.isFetchNextPageError && (
        <div>
          <Button busy={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
            Older jobs
          </Button>
        </div>
      )}
    </Page>
  );
}
