/** The dialogs that rename a file or folder, or change its metadata. */
import { useState } from "react";
import { type Meta, parseMeta, writeMeta } from "@/lib/metadata";
import { Area, Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
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
      title="Rename or move"
      about={<code>{path}</code>}
      submit="Move"
      onSubmit={() => wrong === null && onMove(target.trim())}
      onClose={onClose}
    >
      <Field
        label="New path in the package"
        value={target}
        onChange={event => setTarget(event.target.value)}
        error={wrong}
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}

export function NoteDialog({
  path,
  meta,
  onNote,
  onClose,
}: {
  path: string;
  meta: Meta | null;
  onNote: (meta: Meta | null) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState(() => writeMeta(meta));
  const parsed = parseMeta(text);
  return (
    <FormDialog
      title="Metadata"
      about={<code>{path}</code>}
      wide
      submit="Keep"
      disabled={parsed.error !== null}
      onSubmit={() => parsed.error === null && onNote(parsed.meta)}
      onClose={onClose}
    >
      <Area
        label="Metadata (JSON)"
        code
        rows={Math.min(20, Math.max(8, text.split("\n").length + 1))}
        value={text}
        onChange={event => setText(event.target.value)}
        error={parsed.error}
        help="A JSON object. Leave it empty to remove the metadata."
      />
    </FormDialog>
  );
}
