/** A push on its way: how far it is, how to stop it, what came of it. */
import { CircleCheck, CircleSlash, LoaderCircle, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { isUnderWay, useJob, useJobAction } from "@/api/jobs";
import type { Job } from "@/api/models";
import { t } from "@/language/en/features/jobs";
import { bytes, count } from "@/lib/format";
import { entryPath } from "@/lib/paths";
import { Button, ButtonLink } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { ErrorNotice, Failure, Loading, Notice } from "@/ui/States";
import { adviceOn, canResume, faultsOf, stageOf } from "./problems";
import styles from "./JobPanel.module.css";

function titleOf({ kind, name, bucket }: Job): string {
  switch (kind) {
    case "construct":
      return t.createNameBucket(name, bucket);
    case "patch":
      return t.reviseNameBucket(name, bucket);
    case "promote":
      return t.promoteNameBucket(name, bucket);
  }
}

/** Follows a job; `help`: what to offer in addition to Resume when it has failed. */
export function JobPanel({ id, help }: { id: string; help?: (job: Job) => ReactNode }) {
  const job = useJob(id);
  return (
    <Panel label={t.push} padded>
      {job.isPending ? (
        <Loading rows={2} label={t.loadingJob} />
      ) : job.data ? (
        <JobView job={job.data} help={help} />
      ) : (
        <Failure error={job.error} retry={job.refetch} />
      )}
    </Panel>
  );
}

/** Leads from a push that failed or was stopped back to its form. */
export function BackToForm({ job, back }: { job: Job; back: () => void }) {
  if (job.state !== "failed" && job.state !== "cancelled") return null;
  return (
    <Button small onClick={back}>
      {t.backForm}
    </Button>
  );
}

/** `brief`: one of many, of which those that are done need no attention. */
export function JobView({
  job,
  help,
  brief = false,
}: {
  job: Job;
  help?: ((job: Job) => ReactNode) | undefined;
  brief?: boolean;
}) {
  const action = useJobAction(job.id);
  const underWay = isUnderWay(job);
  return (
    <div className={styles.panel}>
      <div className={styles.line}>
        <h2 className={styles.title}>
          <StateSign job={job} />
          <span>{titleOf(job)}</span>
        </h2>
        <span role="status" className="muted">
          {job.cancelling && underWay ? t.stopping : states()[job.state]}
        </span>
      </div>
      {underWay && <JobProgress job={job} />}
      {job.state === "done" && job.result && (
        <>
          <p className={styles.about}>
            {t.fileRevision(
              job.result.total_entries,
              <Link
                to={entryPath(job.result.bucket, job.result.name, job.result.top_hash)}
                title={job.result.top_hash}
              >
                <code>{job.result.top_hash.slice(0, 8)}</code>
              </Link>,
            )}
          </p>
          {!job.result.is_latest && <Notice kind="warn">{t.anotherPushBecame}</Notice>}
        </>
      )}
      {job.state === "failed" && <JobProblem job={job} />}
      {job.state === "cancelled" && <p className={styles.about}>{t.pushStoppedNot}</p>}
      <ErrorNotice error={action.error} />
      <div className={styles.actions}>
        {underWay && !job.cancelling && (
          <Button small busy={action.isPending} onClick={() => action.mutate("cancel")}>
            {t.cancel}
          </Button>
        )}
        {canResume(job) && (
          <Button small busy={action.isPending} onClick={() => action.mutate("resume")}>
            {t.resume}
          </Button>
        )}
        {job.result && !brief && (
          <ButtonLink
            small
            kind="primary"
            to={entryPath(job.result.bucket, job.result.name, job.result.top_hash)}
          >
            {t.openNewRevision}
          </ButtonLink>
        )}
        {help?.(job)}
      </div>
    </div>
  );
}

const states = (): Record<Job["state"], string> => ({
  queued: t.waiting,
  running: t.running,
  done: t.done,
  failed: t.failed,
  cancelled: t.stopped,
});

function StateSign({ job }: { job: Job }) {
  switch (job.state) {
    case "done":
      return <CircleCheck size={17} className={styles.good} />;
    case "failed":
      return <TriangleAlert size={17} className={styles.bad} />;
    case "cancelled":
      return <CircleSlash size={17} className="muted" />;
    default:
      return <LoaderCircle size={17} className={styles.turning} />;
  }
}

function JobProgress({ job }: { job: Job }) {
  const progress = job.state === "running" ? job.progress : null;
  const shown = progress?.unit === "bytes" ? bytes : count;
  return (
    <>
      <progress
        className={styles.bar}
        aria-label={stageOf(job)}
        max={progress?.total ?? 1}
        value={progress?.total ? progress.done : undefined}
      />
      <p className={`${styles.about ?? ""} num`}>
        {stageOf(job)}
        {progress && progress.done > 0 && (
          <>
            {" · "}
            {shown(progress.done)}
            {progress.total !== null && t.ofTotal(shown(progress.total))}
            {progress.unit !== "bytes" && ` ${progress.unit}`}
          </>
        )}
      </p>
    </>
  );
}

function JobProblem({ job }: { job: Job }) {
  if (!job.problem) return <Notice kind="danger">{t.failedUnknownReason}</Notice>;
  const faults = faultsOf(job.problem);
  const advice = adviceOn(job.problem);
  return (
    <>
      <Notice kind="danger">
        {faults.length === 0 ? job.problem.detail : t.refused}
        {faults.length > 0 && (
          <ul className={styles.errors}>
            {faults.map((fault, index) => (
              <li key={index}>
                {fault.path && <code>{fault.path}</code>} {fault.message}
              </li>
            ))}
          </ul>
        )}
      </Notice>
      {advice && <p className={styles.about}>{advice}</p>}
    </>
  );
}
