/** To delete files of a bucket, and folders with everything in them. */
import { keys } from "@/api/keys";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useServices } from "@/s3/context";
import { counted } from "@/lib/format";
import { nameOf } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { Notice, said } from "@/ui/States";

const MOST = 10_000;
const AT_ONCE = 6;

/** Keys with a slash at their end are folders. */
export function DeleteObjects({
  bucket,
  objectKeys,
  onDone,
  onClose,
}: {
  bucket: string;
  objectKeys: readonly string[];
  onDone: () => void;
  onClose: () => void;
}) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const [done, setDone] = useState(0);
  const remove = useMutation({
    mutationFn: async () => {
      setDone(0);
      const all = new Set<string>();
      for (const key of objectKeys) {
        // A folder's own marker goes with it.
        all.add(key);
        if (key.endsWith("/")) for (const each of await s3.all(bucket, key, MOST)) all.add(each.key);
      }
      const waiting = [...all];
      const worker = async () => {
        for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
          await s3.remove({ bucket, key });
          setDone(so => so + 1);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    },
    onSuccess: onDone,
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: keys.objects(bucket) });
      for (const key of objectKeys)
        void queryClient.invalidateQueries({ queryKey: keys.object(bucket, key) });
    },
  });
  const [one] = objectKeys;
  const folders = objectKeys.filter(key => key.endsWith("/")).length;
  return (
    <Modal
      open
      onClose={onClose}
      title={
        objectKeys.length === 1 && one !== undefined
          ? `Delete ${nameOf(one)}${folders > 0 ? "/" : ""}?`
          : `Delete ${counted(objectKeys.length, "item")}?`
      }
      about={
        <>
          {folders > 0 && "Folders go with everything in them. "}
          Earlier versions stay in S3 where the bucket has versioning: packages that refer to them still work.
        </>
      }
    >
      <ModalForm onSubmit={() => !remove.isPending && remove.mutate()}>
        {remove.isError && <Notice kind="danger">{said(remove.error)}</Notice>}
        {remove.isPending && <p role="status">Deleted {done}…</p>}
        <ModalActions>
          <Button type="submit" kind="danger" busy={remove.isPending}>
            Delete
          </Button>
        </ModalActions>
      </ModalForm>
    </Modal>
  );
}
