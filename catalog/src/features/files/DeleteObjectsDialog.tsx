/** To delete files of a bucket, and folders with everything in them. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "@/api/keys";
import { t } from "@/language/en/features/files";
import { nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { preferencesChanged } from "@/s3/preferences";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Notice } from "@/ui/States";
import { INTERNAL, isInternal } from "./internal";
import { removeAll } from "./selection/transfer";
import { useLongWork } from "./selection/useLongWork";
import { WorkProgress } from "./selection/WorkProgress";

/** Keys with a slash at their end are folders. */
export function DeleteObjectsDialog({
  bucket,
  objectKeys,
  onDone,
  onClose,
}: {
  bucket: string;
  objectKeys: readonly string[];
  onDone: () => void;
  onClose: (wasTried: boolean) => void;
}) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const [typed, setTyped] = useState("");
  const needsTyping = objectKeys.some(isInternal);
  /** What could not be deleted; null before the first try. */
  const [left, setLeft] = useState<readonly string[] | null>(null);
  const work = useLongWork(
    async (signal, report, letGo) => {
      const { failed } = await removeAll(s3, bucket, left ?? objectKeys, report, signal);
      setLeft(failed.map(each => each.path));
      if (failed.length > 0) return;
      letGo();
      onDone();
    },
    () => {
      void queryClient.invalidateQueries({ queryKey: keys.objects(bucket) });
      void preferencesChanged(queryClient, bucket, ...objectKeys);
      for (const key of objectKeys)
        void queryClient.invalidateQueries({ queryKey: keys.object(bucket, key) });
    },
  );
  const [one] = objectKeys;
  const folders = objectKeys.filter(key => key.endsWith("/")).length;
  return (
    <FormDialog
      onClose={() => onClose(left !== null)}
      submit={left === null ? t.delete : t.tryAgain}
      kind="danger"
      disabled={needsTyping && typed.trim() !== INTERNAL}
      action={{ isPending: work.isRunning, error: work.error }}
      tools={work.isRunning && <Button onClick={work.stop}>{t.stop}</Button>}
      onSubmit={work.start}
      title={
        objectKeys.length === 1 && one !== undefined
          ? t.deleteOneValue(nameOf(one), folders > 0 ? "/" : "")
          : t.deleteItem(objectKeys.length)
      }
      about={<>{t.earlierVersionsStay(folders > 0 && t.foldersDeletedEverything)}</>}
    >
      {needsTyping && (
        <>
          <Notice kind="danger">{t.packagesSettingsBucket(INTERNAL)}</Notice>
          <Field
            label={t.typeDeleteAll(INTERNAL)}
            value={typed}
            onChange={event => setTyped(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        </>
      )}
      <WorkProgress work={{ ...work, error: null }} done={t.deleted} />
    </FormDialog>
  );
}
