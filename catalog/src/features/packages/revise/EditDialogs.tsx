/** The dialogs that move files and folders, make folders, or change metadata. */
import { useMemo, useState } from "react";
import { t } from "@/language/en/features/packages/revise";
import { type Meta, parseMeta, writeMeta } from "@/lib/metadata";
import { nameOf } from "@/lib/paths";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { errorsByField } from "../metadata/fields";
import { MetadataEditor } from "../metadata/MetadataEditor";
import { useSchema } from "../metadata/useSchema";
import { usePushCheck } from "../push/usePushCheck";
import { wrongKey } from "./edits";

export function MoveDialog({
  path,
  to,
  onMove,
  onClose,
}: {
  path: string;
  to: string;
  onMove: (to: string) => void;
  onClose: () => void;
}) {
  const [target, setTarget] = useState(to);
  const wrong = wrongKey(target.trim());
  return (
    <FormDialog
      title={t.renameMove}
      about={<code>{path}</code>}
      submit={t.move}
      onSubmit={() => wrong === null && onMove(target.trim())}
      onClose={onClose}
    >
      <Field
        label={t.newPathPackage}
        value={target}
        onChange={event => setTarget(event.target.value)}
        error={wrong}
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}

/** Several at once, which keep their names. */
export function MoveAllDialog({
  paths,
  from,
  onMove,
  onClose,
}: {
  paths: readonly string[];
  /** The folder that they are in. */
  from: string;
  onMove: (folder: string) => void;
  onClose: () => void;
}) {
  const [folder, setFolder] = useState(from);
  const target = folder.trim().replace(/\/$/, "");
  const inside = paths.find(path => target === path || target.startsWith(`${path}/`));
  const wrong =
    (target === "" ? null : wrongKey(target)) ??
    (inside === undefined ? null : t.cannotMovedInto(nameOf(inside)));
  return (
    <FormDialog
      title={t.moveItems(paths.length)}
      submit={t.move}
      disabled={wrong !== null || target === from}
      onSubmit={() => wrong === null && onMove(target)}
      onClose={onClose}
    >
      <Field
        label={t.folderPackage}
        value={folder}
        onChange={event => setFolder(event.target.value)}
        error={wrong}
        help={t.leaveEmptyTop}
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}

/** The name of a folder or file that is to be made. */
export function NewNameDialog({
  title,
  label,
  about,
  submit,
  taken,
  onName,
  onClose,
}: {
  title: string;
  label: string;
  about?: string;
  submit: string;
  taken: (name: string) => boolean;
  onName: (name: string) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const wanted = name.trim();
  const isTaken = wanted !== "" && taken(wanted);
  const wrong = isTaken ? t.alreadyWanted(wanted) : wrongKey(wanted);
  return (
    <FormDialog
      title={title}
      about={about}
      submit={submit}
      disabled={isTaken}
      onSubmit={() => {
        setTried(true);
        if (wrong === null) onName(wanted);
      }}
      onClose={onClose}
    >
      <Field
        label={label}
        value={name}
        onChange={event => setName(event.target.value)}
        error={tried || isTaken ? wrong : null}
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}

/** What is written about a file or a folder; a file's metadata is checked with the workflow's schema of entries. */
export function NoteDialog({
  bucket,
  name,
  workflow,
  path,
  isFile,
  meta,
  onNote,
  onClose,
}: {
  bucket: string;
  name: string;
  workflow: string | null;
  path: string;
  isFile: boolean;
  meta: Meta | null;
  onNote: (meta: Meta | null) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState(() => writeMeta(meta));
  const parsed = parseMeta(text);
  const check = usePushCheck({
    bucket,
    name,
    words: { message: "", metadata: "", workflow },
    ...(isFile ? { entries: [{ logical_key: path, meta: parsed.meta }] } : {}),
  });
  const schema = useSchema(check.config, workflow, "entries_schema");
  const violations = check.verdict?.data?.violations;
  const errors = useMemo(() => errorsByField(violations ?? [], "/entries/0/meta"), [violations]);
  return (
    <FormDialog
      title={t.metadata}
      about={<code>{path}</code>}
      wide
      submit={t.keep}
      disabled={parsed.error !== null}
      onSubmit={() => parsed.error === null && onNote(parsed.meta)}
      onClose={onClose}
    >
      <MetadataEditor
        label={t.metadata}
        text={text}
        onChange={setText}
        error={parsed.error}
        schema={isFile ? schema : { ...schema, form: null, isPending: false, error: null }}
        errors={errors}
      />
    </FormDialog>
  );
}
