/** The name of a file or folder that is to be made in a bucket. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { keys } from "@/api/keys";
import { t } from "@/language/en/features/files";
import { RequestError } from "@/lib/errors";
import { treePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { isInternal } from "./internal";

export function NewObjectDialog({
  bucket,
  prefix,
  what,
  onClose,
}: {
  bucket: string;
  prefix: string;
  what: "file" | "folder";
  onClose: () => void;
}) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const wanted = name.trim();
  const key = `${prefix}${wanted}${what === "folder" ? "/" : ""}`;
  const wrong = wrongName(wanted, key);
  const make = useMutation({
    mutationFn: async () => {
      const { folders, objects } = await s3.list(bucket, key, null);
      const isThere = objects.some(each => each.key === key) || folders.includes(`${key}/`);
      if (isThere || (what === "folder" && folders.length + objects.length > 0))
        throw new RequestError({
          status: 0,
          trouble: "conflict",
          message: t.alreadyWanted(wanted),
        });
      // S3 has no folders: an empty object stands for one that has nothing in it yet.
      if (what === "folder") await s3.put({ bucket, key }, "", { "content-type": "application/x-directory" });
    },
    onSuccess: async () => {
      void queryClient.invalidateQueries({ queryKey: keys.objects(bucket) });
      await navigate(what === "folder" ? treePath(bucket, key) : `${treePath(bucket, key)}?edit`);
    },
  });
  return (
    <FormDialog
      title={what === "file" ? t.newFile2 : t.newFolder2}
      about={<code>{`s3://${bucket}/${prefix}`}</code>}
      submit={what === "file" ? t.write : t.make}
      disabled={wanted === "" || wrong !== null}
      action={make}
      onSubmit={() => make.mutate()}
      onClose={onClose}
    >
      <Field
        label={t.name}
        value={name}
        onChange={event => setName(event.target.value)}
        error={wanted === "" ? null : wrong}
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}

function wrongName(name: string, key: string): string | null {
  if (name.split("/").some(each => each === "" || each === "." || each === "..")) return t.writeNameNames;
  return isInternal(key) ? t.filesPatchworkQuilt : null;
}
