/** To copy or move what was chosen to a folder of a bucket. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "@/api/keys";
import { useBuckets } from "@/api/queries";
import { t } from "@/language/en/features/files/selection";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { preferencesChanged } from "@/s3/preferences";
import { Button } from "@/ui/Button";
import { Choice, Field } from "@/ui/Field";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { Empty } from "@/ui/States";
import { isInternal } from "../internal";
import { copyAll, type TransferItem } from "./transfer";
import { useLongWork } from "./useLongWork";
import { WorkProgress } from "./WorkProgress";

export function TransferDialog({
  bucket: from,
  folder: start,
  isMove,
  count,
  items,
  afterwards,
  onDone,
  onClose,
}: {
  /** Where the dialog begins. */
  bucket: string;
  folder: string;
  isMove: boolean;
  /** How many items were chosen. */
  count: number;
  items: (signal: AbortSignal) => Promise<readonly TransferItem[]>;
  /** What is left to do when all files are there. */
  afterwards?: (signal: AbortSignal) => Promise<void>;
  onDone: () => void;
  onClose: () => void;
}) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const buckets = itemsOf(useBuckets().data).filter(each => each.level === "READ_WRITE");
  const [chosen, setChosen] = useState(from);
  const bucket = buckets.some(each => each.name === chosen) ? chosen : (buckets[0]?.name ?? chosen);
  const [folder, setFolder] = useState(start);
  const [isChosen, setIsChosen] = useState(false);
  const trimmed = folder.trim().replace(/^\/+/, "");
  const prefix = trimmed === "" || trimmed.endsWith("/") ? trimmed : `${trimmed}/`;
  const wrong = isInternal(prefix)
    ? t.filesPatchworkQuilt
    : bucket === from && prefix === start
      ? t.already
      : null;
  const work = useLongWork(
    async (signal, report) => {
      const { failed } = await copyAll(
        s3,
        await items(signal),
        { bucket, prefix },
        { isMove, report, signal },
      );
      if (failed.length === 0) await afterwards?.(signal);
    },
    () => {
      for (const each of new Set([from, bucket])) {
        void queryClient.invalidateQueries({ queryKey: keys.objects(each) });
        void preferencesChanged(queryClient, each, "");
      }
    },
  );
  const verb = isMove ? t.move2 : t.copy2;
  const isOver = work.isDone || work.isStopped;
  if (buckets.length === 0)
    return (
      <Modal open onClose={onClose} title={verb}>
        <Empty title={t.nowhereWrite}>{t.roleMayNot}</Empty>
        <ModalActions cancel={t.close} />
      </Modal>
    );
  return (
    <Modal
      open
      onClose={isOver ? onDone : onClose}
      title={isMove ? t.moveItems(count) : t.copyItems(count)}
      about={t.filesStayWithin}
    >
      <ModalForm onSubmit={() => wrong === null && !work.isRunning && work.start()}>
        <Choice
          label={t.bucket}
          options={buckets.map(each => [each.name, each.title] as const)}
          value={bucket}
          onChange={setChosen}
        />
        <Field
          label={t.folder}
          value={folder}
          onChange={event => {
            setFolder(event.target.value);
            setIsChosen(true);
          }}
          error={isChosen ? wrong : null}
          help={t.leaveEmptyTop}
          autoComplete="off"
          spellCheck={false}
        />
        <WorkProgress work={work} done={isMove ? t.moved : t.copied} />
        <ModalActions cancel={isOver ? t.close : t.cancel}>
          {work.isRunning ? (
            <Button onClick={work.stop}>{t.stop}</Button>
          ) : (
            !work.isDone && (
              <Button type="submit" kind="primary" disabled={wrong !== null}>
                {verb}
              </Button>
            )
          )}
        </ModalActions>
      </ModalForm>
    </Modal>
  );
}
