import { useQuery } from "@tanstack/react-query";
import { Workflow } from "lucide-react";
import { Link } from "react-router";
import { isUnderWay, jobQueries } from "@/api/jobs";
import { t } from "@/language/en/app";
import { useServices } from "@/s3/context";
import styles from "./JobsLink.module.css";

/** In the header, for people who have jobs: how many are running. */
export function JobsLink() {
  const { data } = useQuery(jobQueries.recent(useServices()));
  if (!data || data.items.length === 0) return null;
  const running = data.items.filter(isUnderWay).length;
  const label = running > 0 ? t.jobRunning(running) : t.jobs;
  return (
    <Link
      to="/jobs"
      className={styles.link}
      aria-label={label}
      title={label}
      data-running={running || undefined}
    >
      <Workflow size={17} />
      {running > 0 && (
        <span className={styles.count} aria-hidden="true">
          {running}
        </span>
      )}
    </Link>
  );
}
