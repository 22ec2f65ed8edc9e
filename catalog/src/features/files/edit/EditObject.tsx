/** A text of a bucket while it is edited; saved, it is a new version of the object. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { keys } from "@/api/keys";
import { t } from "@/language/en/features/files/edit";
import { RequestError } from "@/lib/errors";
import { nameOf, treePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import { encodeText, languageOf, NEW_TEXT, type TextFile } from "./editable";
import { savingHeaders } from "./savingHeaders";
import { TextEditor } from "./TextEditor";
import { type OpenedText, useText } from "./useText";

interface Place {
  bucket: string;
  objectKey: string;
}

export function EditObject(place: Place) {
  const text = useText({ bucket: place.bucket, key: place.objectKey });
  return (
    <Loaded query={text} label={t.readingFile} lines={8} framed>
      {opened => <ObjectEditor key={opened.head.etag} {...place} opened={opened} again={text.refetch} />}
    </Loaded>
  );
}

/** A file that does not exist yet. */
export function NewObject(place: Place) {
  return <ObjectEditor {...place} opened={null} again={null} />;
}

function ObjectEditor({
  bucket,
  objectKey: key,
  opened,
  again,
}: Place & { opened: OpenedText | null; again: (() => unknown) | null }) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const before: TextFile = opened ?? NEW_TEXT;
  const [text, setText] = useState(before.text);
  const isChanged = text !== before.text || opened === null;
  const letGo = useLeaveGuard(text !== before.text, { parameter: "edit" });
  const save = useMutation({
    mutationFn: (isForced: boolean) =>
      s3.put(
        { bucket, key },
        encodeText({ ...before, text }),
        savingHeaders(opened?.head ?? null, undefined, isForced),
      ),
    onSuccess: async () => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.object(bucket, key) }),
        queryClient.invalidateQueries({ queryKey: keys.objectVersions(bucket, key) }),
        queryClient.invalidateQueries({ queryKey: keys.objects(bucket) }),
      ]);
      letGo();
      await navigate(treePath(bucket, key));
    },
  });
  const isConflict = save.error instanceof RequestError && save.error.status === 412;
  return (
    <>
      {isConflict ? (
        <Notice kind="warn">
          <p>{t.wroteStill(<strong>{t.somebodyElse(opened ? t.fileChanged : t.fileNameMade)}</strong>)}</p>
          {again && (
            <Button small onClick={() => void again()}>
              {t.dropMyChanges}
            </Button>
          )}{" "}
          <Button small kind="danger" onClick={() => save.mutate(true)}>
            {t.saveMineNewest}
          </Button>
        </Notice>
      ) : (
        <ErrorNotice error={save.error} />
      )}
      <Panel
        title={t.editKey(nameOf(key))}
        tools={
          <>
            <Button small kind="quiet" onClick={() => void navigate(treePath(bucket, key))}>
              {t.cancel}
            </Button>
            <Button
              small
              kind="primary"
              busy={save.isPending}
              disabled={!isChanged || save.isPending}
              onClick={() => save.mutate(false)}
            >
              {t.save}
            </Button>
          </>
        }
      >
        <TextEditor
          label={t.textKey(nameOf(key))}
          value={text}
          language={languageOf(key)}
          onChange={setText}
        />
      </Panel>
    </>
  );
}
