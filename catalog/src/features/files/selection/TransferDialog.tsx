/** To copy or move what was chosen to a folder of a bucket. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "@/api/keys";
import { useBuckets } from "@/api/queries";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
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
    ? "Files of Patchwork and Quilt are in .quilt/: nothing else may go there."
    : bucket === from && prefix === start
      ? "They are there already."
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
      for (const each of new Set([from, bucket]))
        void queryClient.invalidateQueries({ queryKey: keys.objects(each) });
    },
  );
  const verb = isMove ? "Move" : "Copy";
  const isOver = work.isDone || work.isStopped;
  if (buckets.length === 0)
    return (
      <Modal open onClose={onClose} title={verb}>
        <Empty title="Nowhere to write">Your role may not write to any bucket.</Empty>
        <ModalActions cancel="Close" />
      </Modal>
    );
  return (
    <Modal
      open
      onClose={isOver ? onDone : onClose}
      title={`${verb} ${count === 1 ? "1 item" : `${count} items`}`}
      about="The files stay within S3: nothing is downloaded. Files of the same names get a new version."
    >
      <ModalForm onSubmit={() => wrong === null && !work.isRunning && work.start()}>
        <Choice
          label="Bucket"
          options={buckets.map(each => [each.name, each.title] as const)}
          value={bucket}
          onChange={setChosen}
        />
        <Field
          label="Folder"
          value={folder}
          onChange={event => {
            setFolder(event.target.value);
            setIsChosen(true);
          }}
          error={isChosen ? wrong : null}
          help="Leave it empty for the top of the bucket."
          autoComplete="off"
          spellCheck={false}
        />
        <WorkProgress work={work} done={isMove ? "moved" : "copied"} />
        <ModalActions cancel={isOver ? "Close" : "Cancel"}>
          {work.isRunning ? (
            <Button onClick={work.stop}>Stop</Button>
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
