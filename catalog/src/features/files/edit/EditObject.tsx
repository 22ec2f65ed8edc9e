/** A text of a bucket while it is edited; saved, it is a new version of the object. */
import { useNavigate } from "react-router";
import { t } from "@/language/en/features/files/edit";
import { nameOf, treePath } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { languageOf } from "./editable";
import { TextEditor } from "./TextEditor";
import { type OpenedText, useText } from "./useText";
import { useTextSaving } from "./useTextSaving";

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
  const navigate = useNavigate();
  const editing = useTextSaving(bucket, key, opened, {
    parameter: "edit",
    onSaved: () => navigate(treePath(bucket, key)),
  });
  return (
    <>
      {editing.isConflict ? (
        <Notice kind="warn">
          <p>{t.wroteStill(<strong>{t.somebodyElse(opened ? t.fileChanged : t.fileNameMade)}</strong>)}</p>
          {again && (
            <Button small onClick={() => void again()}>
              {t.dropMyChanges}
            </Button>
          )}{" "}
          <Button small kind="danger" onClick={() => editing.save(true)}>
            {t.saveMineNewest}
          </Button>
        </Notice>
      ) : (
        <ErrorNotice error={editing.error} />
      )}
      {editing.isBehind && <Notice>{t.savedWithoutRest}</Notice>}
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
              busy={editing.isSaving}
              disabled={!(editing.isChanged || editing.isNew) || editing.isSaving}
              onClick={() => editing.save()}
            >
              {t.save}
            </Button>
          </>
        }
      >
        <TextEditor
          label={t.textKey(nameOf(key))}
          value={editing.text}
          language={languageOf(key)}
          onChange={editing.write}
        />
      </Panel>
    </>
  );
}
