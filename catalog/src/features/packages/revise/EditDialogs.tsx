/** To rename something, and to say something about it. */
import { useState } from "react";
import { parseMeta, writeMeta, type Meta } from "@/lib/metadata";
import { Button } from "@/ui/Button";
import { Area, Field } from "@/ui/Field";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
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
    <Modal open onClose={onClose} title="Rename or move" about={<code>{path}</code>}>
      <ModalForm onSubmit={() => !wrong && onMove(target.trim())}>
        <Field
          label="New path in the package"
          value={target}
          onChange={event => setTarget(event.target.value)}
          error={wrong}
          autoComplete="off"
          spellCheck={false}
        />
        <ModalActions>
          <Button type="submit" kind="primary">
            Move
          </Button>
        </ModalActions>
      </ModalForm>
    </Modal>
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
    <Modal open onClose={onClose} title="Metadata" about={<code>{path}</code>} wide>
      <ModalForm onSubmit={() => parsed.error === null && onNote(parsed.meta)}>
        <Area
          label="What is said of it"
          code
          rows={Math.min(20, Math.max(8, text.split("\n").length + 1))}
          value={text}
          onChange={event => setText(event.target.value)}
          error={parsed.error}
          help="A JSON object; nothing takes the metadata away."
        />
        <ModalActions>
          <Button type="submit" kind="primary" disabled={parsed.error !== null}>
            Keep
          </Button>
        </ModalActions>
      </ModalForm>
    </Modal>
  );
}
