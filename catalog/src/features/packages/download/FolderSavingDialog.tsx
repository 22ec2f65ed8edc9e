/** Files of a package on their way into a folder: how far they are, what failed, and another try. */
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { t } from "@/language/en/features/packages/download";
import { bytes, count } from "@/lib/format";
import { useServices } from "@/s3/context";
import { type DownloadPlace, links } from "@/s3/downloads";
import { FolderSaving } from "@/s3/saving";
import { Button } from "@/ui/Button";
import { Modal } from "@/ui/Modal";
import { ErrorNotice, Notice } from "@/ui/States";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import styles from "./FolderSavingDialog.module.css";

const MAX_SHOWN_FAILURES = 50;

export function FolderSavingDialog({
  place,
  folder,
  onClose,
}: {
  place: DownloadPlace;
  folder: FileSystemDirectoryHandle;
  onClose: () => void;
}) {
  const services = useServices();
  const [saving] = useState(
    () => new FolderSaving(folder, async signal => (await links(services, place, signal)).items),
  );
  const state = useSyncExternalStore(saving.subscribe, saving.state);
  const { mutate, ...run } = useMutation({ mutationFn: () => saving.run() });
  useEffect(() => {
    mutate();
    return () => saving.stop();
  }, [mutate, saving]);
  useLeaveGuard(state.isRunning, { loss: "work" });
  const isDone = !state.isRunning && state.files > 0 && state.doneFiles === state.files;
  const rest = state.files - state.doneFiles;
  return (
    <Modal
      open
      onClose={onClose}
      title={t.savingName(folder.name)}
      about={state.isRunning ? t.keepPageOpen : undefined}
    >
      <div className={styles.content}>
        <ErrorNotice error={run.error} />
        {state.files > 0 && (
          <>
            <progress
              className={styles.bar}
              aria-label={t.saved}
              max={Math.max(state.bytes, 1)}
              value={state.bytes ? state.doneBytes : state.doneFiles === state.files ? 1 : 0}
            />
            <p className={styles.numbers}>
              {t.fileDoneFilesFiles(
                count(state.doneFiles),
                state.files,
                bytes(state.doneBytes),
                bytes(state.bytes),
              )}
            </p>
          </>
        )}
        <p role="status" className={isDone ? undefined : "hidden"}>
          {isDone
            ? t.allFilesSaved
            : state.isRunning
              ? state.files > 0
                ? t.savingFiles
                : t.listingFiles
              : rest > 0
                ? t.fileNotSaved(rest)
                : ""}
        </p>
        {state.failed.length > 0 && (
          <>
            <Notice kind="danger">{t.fileCouldNot(state.failed.length)}</Notice>
            <ul className={styles.failures} aria-label={t.filesCouldNot}>
              {state.failed.slice(0, MAX_SHOWN_FAILURES).map(({ path, reason }) => (
                <li key={path}>
                  <code>{path}</code> <span className="muted">{reason}</span>
                </li>
              ))}
            </ul>
          </>
        )}
        <div className={styles.actions}>
          {state.isRunning ? (
            <Button onClick={() => saving.stop()}>{t.stop}</Button>
          ) : (
            !isDone && (
              <Button kind="primary" onClick={() => mutate()}>
                {state.failed.length > 0 ? t.tryFailedOnes : t.go}
              </Button>
            )
          )}
          <Button kind={isDone ? "primary" : "quiet"} onClick={onClose}>
            {isDone ? t.done : t.close}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
