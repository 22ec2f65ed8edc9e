/** To take a revision or a package away: whoever does types its name first. */
import { refreshPackage } from "@/api/refresh";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { packageUrl, revisionUrl } from "@/api/queries";
import { useServices } from "@/s3/context";
import { packagePath, packagesPath } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { Notice, said } from "@/ui/States";

/** `topHash`: only this revision. `last`: it is the only one. */
export function DeleteDialog({
  bucket,
  name,
  topHash,
  last,
  onClose,
}: {
  bucket: string;
  name: string;
  topHash: string | null;
  last: boolean;
  onClose: () => void;
}) {
  const { client } = useServices();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const wanted = topHash ? topHash.slice(0, 8) : name;
  const remove = useMutation({
    mutationFn: () =>
      client.call(topHash ? revisionUrl(bucket, name, topHash) : packageUrl(bucket, name), {
        method: "DELETE",
      }),
    onSuccess: async () => {
      await navigate(topHash && !last ? `${packagePath(bucket, name)}/revisions` : packagesPath(bucket));
      refreshPackage(queryClient, bucket, name);
    },
  });
  return (
    <Modal
      open
      onClose={onClose}
      title={topHash ? "Delete this revision?" : "Delete this package?"}
      about={
        topHash
          ? "It is no longer listed. Its manifest and its files stay in S3."
          : "None of its revisions is listed any longer. Manifests and files stay in S3."
      }
    >
      <ModalForm onSubmit={() => typed === wanted && !remove.isPending && remove.mutate()}>
        {remove.isError && <Notice kind="danger">{said(remove.error)}</Notice>}
        <Field
          label={`To confirm, type ${wanted}`}
          value={typed}
          onChange={event => setTyped(event.target.value.trim())}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
        />
        <ModalActions>
          <Button
            type="submit"
            kind="danger"
            busy={remove.isPending}
            disabled={typed !== wanted || remove.isPending}
          >
            {topHash ? "Delete revision" : "Delete package"}
          </Button>
        </ModalActions>
      </ModalForm>
    </Modal>
  );
}
