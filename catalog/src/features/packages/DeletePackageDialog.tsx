/** To take a revision or a package away: whoever does types its name first. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { packageUrl, revisionUrl } from "@/api/queries";
import { refreshPackage } from "@/api/refresh";
import { t } from "@/language/en/features/packages";
import { packagePath, packagesPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";

/** `topHash`: only this revision. `last`: it is the only one. */
export function DeletePackageDialog({
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
    <FormDialog
      onClose={onClose}
      submit={topHash ? t.deleteRevision : t.deletePackage}
      kind="danger"
      disabled={typed !== wanted}
      action={remove}
      onSubmit={() => remove.mutate()}
      title={topHash ? t.deleteRevision2 : t.deletePackage2}
      about={topHash ? t.noLongerListed : t.revisionsNoLonger}
    >
      <Field
        label={t.confirmType(wanted)}
        value={typed}
        onChange={event => setTyped(event.target.value.trim())}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}
