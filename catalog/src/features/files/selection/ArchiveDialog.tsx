/** A ZIP archive of what was chosen in a bucket. */
import { Download } from "lucide-react";
import { t } from "@/language/en/features/files/selection";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Modal, ModalActions } from "@/ui/Modal";
import { openArchive, writeArchive } from "./archive";
import type { TransferItem } from "./transfer";
import { useLongWork } from "./useLongWork";
import { WorkProgress } from "./WorkProgress";

export function ArchiveDialog({
  name,
  items,
  onClose,
}: {
  /** Of the file, without its ending. */
  name: string;
  items: (signal: AbortSignal) => Promise<readonly TransferItem[]>;
  onClose: () => void;
}) {
  const { s3 } = useServices();
  const work = useLongWork(async (signal, report) => {
    const file = await openArchive(`${name}.zip`);
    if (file) await writeArchive(s3, await items(signal), file, report, signal);
  });
  return (
    <Modal open onClose={onClose} title={t.downloadArchive} about={t.browserWritesArchive}>
      <WorkProgress work={work} done={t.archived} />
      <ModalActions cancel={t.close}>
        {work.isRunning ? (
          <Button onClick={work.stop}>{t.stop}</Button>
        ) : (
          <Button kind="primary" icon={<Download size={15} />} onClick={work.start}>
            {work.isDone ? t.downloadAgain : t.downloadZip}
          </Button>
        )}
      </ModalActions>
    </Modal>
  );
}
