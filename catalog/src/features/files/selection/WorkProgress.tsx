import { t } from "@/language/en/features/files/selection";
import { count } from "@/lib/format";
import { ErrorNotice, Notice } from "@/ui/States";
import type { TransferProgress } from "./transfer";
import styles from "./WorkProgress.module.css";

const MAX_SHOWN_FAILURES = 50;

/** How far work on many files is, and what failed. */
export function WorkProgress({
  work: { progress, isRunning, isStopped, isDone, error },
  done,
}: {
  work: {
    progress: TransferProgress | null;
    isRunning: boolean;
    isStopped: boolean;
    isDone: boolean;
    error: unknown;
  };
  /** What was done with the files: “copied”. */
  done: string;
}) {
  const failed = progress?.failed ?? [];
  const words = isRunning
    ? progress
      ? t.fileDoneTotal(count(progress.done), progress.total, done)
      : t.listingFiles
    : isDone || isStopped
      ? `${t.filesDone(progress?.done ?? 0)} ${done}${isStopped ? t.thenStopped : ""}.`
      : "";
  return (
    <div className={styles.work}>
      <ErrorNotice error={error} />
      {isRunning && (
        <progress
          className={styles.bar}
          aria-label={t.progress}
          max={Math.max(1, progress?.total ?? 0)}
          value={progress ? progress.done + failed.length : undefined}
        />
      )}
      <p role="status">{words}</p>
      {failed.length > 0 && (
        <>
          <Notice kind="danger">{t.fileCouldNot(failed.length, done)}</Notice>
          <ul className={styles.failures} aria-label={t.filesCouldNot(done)}>
            {failed.slice(0, MAX_SHOWN_FAILURES).map(({ path, reason }) => (
              <li key={path}>
                <code>{path}</code> <span className="muted">{reason}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
