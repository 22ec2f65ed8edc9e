import { useInfiniteQuery } from "@tanstack/react-query";
import { Workflow } from "lucide-react";
import { Link } from "react-router";
import { jobQueries } from "@/api/jobs";
import { t } from "@/language/en/features/jobs";
import { itemsOf } from "@/lib/pages";
import { packagePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Head, Page, Panel } from "@/ui/Layout";
import { ListStates, MoreButton } from "@/ui/ListStates";
import { Ago } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { JobView } from "./JobPanel";
import styles from "./JobsPage.module.css";

/** The caller's pushes that the registry makes, or has made. */
export function JobsPage() {
  const jobs = useInfiniteQuery(jobQueries.jobs(useServices()));
  const rows = itemsOf(jobs.data);
  return (
    <Page title={t.jobs} narrow>
      <Head title={t.jobs} about={t.pushesRegistryMakes} />
      <Panel label={t.jobs}>
        <ListStates
          query={jobs}
          loading={t.loadingJobs}
          count={rows.length}
          empty={
            <Empty title={t.noJobsYet} icon={<Workflow size={22} />}>
              {t.revisePackageCreate}
            </Empty>
          }
        >
          <ul>
            {rows.map(job => (
              <li key={job.id} className={styles.job}>
                <JobView job={job} brief />
                <p className={styles.when}>
                  <Link to={packagePath(job.bucket, job.name)}>{job.name}</Link> ·{" "}
                  {job.finished_at ? (
                    <>{t.finishedAgo(<Ago at={job.finished_at} />)}</>
                  ) : (
                    <>{t.startedAgo(<Ago at={job.created_at} />)}</>
                  )}
                </p>
              </li>
            ))}
          </ul>
        </ListStates>
      </Panel>
      {jobs.hasNextPage && (
        <div>
          <MoreButton query={jobs} label={t.olderJobs} />
        </div>
      )}
    </Page>
  );
}
