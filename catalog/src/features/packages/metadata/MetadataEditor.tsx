/** Metadata as a form or as JSON; a spreadsheet that is dropped on it fills it. */
import { Maximize2, Sheet } from "lucide-react";
import { type DragEvent, useId, useRef, useState } from "react";
import { t } from "@/language/en/features/packages/metadata";
import { errorMessage } from "@/lib/errors";
import { type JsonObject, membersOf, withMember } from "@/lib/json";
import { parseMeta, writeMeta } from "@/lib/metadata";
import { SPREADSHEET_NAMES } from "@/lib/spreadsheets/cells";
import { Button, IconButton } from "@/ui/Button";
import { Area } from "@/ui/Field";
import { Modal, ModalActions } from "@/ui/Modal";
import { ErrorNotice, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import type { FieldForm } from "./fields";
import { SchemaFields } from "./SchemaFields";
import type { SchemaForm } from "./useSchema";
import { type EntriesToFill, useFilling } from "./useFilling";
import styles from "./MetadataEditor.module.css";

/** For metadata that has no schema: any names. */
const ANYTHING = { kind: "group", fields: [], isOpen: true } satisfies FieldForm;
const ways = () =>
  [
    ["form", t.form],
    ["json", "JSON"],
  ] as const;
const MAX_ROWS = 20;

export function MetadataEditor({
  label,
  text,
  onChange,
  error,
  schema,
  errors,
  entries,
  canGrow = false,
}: {
  label: string;
  /** JSON, as typed. */
  text: string;
  onChange: (text: string) => void;
  /** What keeps the text from being metadata. */
  error: string | null;
  schema: SchemaForm;
  /** What the workflow says against its members, by JSON pointer. */
  errors: ReadonlyMap<string, string>;
  /** Where rows about files go; without it, they are refused. */
  entries?: EntriesToFill | undefined;
  /** Where it stands in a narrow column. */
  canGrow?: boolean;
}) {
  /** Null: a form where there is a schema. */
  const [isJson, setJson] = useState<boolean | null>(null);
  const [isLarge, setLarge] = useState(false);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const heading = useId();
  const filling = useFilling(schema.form, entries, found => {
    const kept = parseMeta(text).meta ?? {};
    onChange(writeMeta(membersOf(found).reduce((meta, member) => withMember(meta, ...member), kept)));
  });
  const parsed = parseMeta(text);
  const showsJson = parsed.error !== null || (isJson ?? schema.form === null);
  const drag = (event: DragEvent, isOver: boolean) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    // The page would take the file for one to upload.
    event.stopPropagation();
    setOver(isOver);
  };
  const editor = (
    // A file can be chosen with the button, too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="group"
      aria-labelledby={heading}
      className={styles.editor}
      data-over={over || undefined}
      onDragOver={event => drag(event, true)}
      onDragLeave={event => drag(event, false)}
      onDrop={event => {
        drag(event, false);
        const [file] = event.dataTransfer.files;
        if (file) filling.mutate(file);
      }}
    >
      <div className={styles.head}>
        <span id={heading} className={styles.label}>
          {label}
        </span>
        <span className={styles.tools}>
          <Switch
            label={t.asLabel(label)}
            options={ways()}
            value={showsJson ? "json" : "form"}
            onChange={way => setJson(way === "json")}
          />
          {canGrow && !isLarge && (
            <IconButton label={t.largerWindow(label)} onClick={() => setLarge(true)}>
              <Maximize2 size={15} />
            </IconButton>
          )}
        </span>
      </div>
      <div className={styles.fill}>
        <Button
          small
          icon={<Sheet size={14} />}
          busy={filling.isPending}
          onClick={() => input.current?.click()}
        >
          {t.fillSpreadsheet}
        </Button>
        <span className="muted">{t.csvTsvXlsx}</span>
        <input
          ref={input}
          type="file"
          hidden
          accept={SPREADSHEET_NAMES}
          aria-label={t.spreadsheetLabel(label)}
          onChange={({ target }) => {
            const file = target.files?.[0];
            if (file) filling.mutate(file);
            target.value = "";
          }}
        />
      </div>
      {schema.error !== null && (
        <Notice kind="warn">{t.schemaCannotShown(schema.name, errorMessage(schema.error))}</Notice>
      )}
      {schema.isPending && isJson === null ? (
        <p className="muted">{t.loadingSchema}</p>
      ) : showsJson ? (
        <div className={styles.json}>
          <Area
            label={label}
            name="metadata"
            code
            rows={Math.min(MAX_ROWS, Math.max(4, text.split("\n").length + 1))}
            value={text}
            onChange={event => {
              // It stays JSON while it is typed, whatever it is in between.
              setJson(true);
              onChange(event.target.value);
            }}
            error={error}
            help={t.jsonObjectLeave}
          />
        </div>
      ) : (
        <SchemaFields
          group={schema.form ?? ANYTHING}
          value={parsed.meta ?? {}}
          errors={errors}
          onChange={to => onChange(writeObject(to))}
        />
      )}
      <ErrorNotice error={filling.error} />
      {filling.data && <Filled result={filling.data} />}
    </div>
  );
  if (!isLarge) return editor;
  return (
    <>
      <p className="muted">{t.largerWindow2(label)}</p>
      <Modal open wide title={label} onClose={() => setLarge(false)}>
        {editor}
        <ModalActions cancel={t.done} />
      </Modal>
    </>
  );
}

const writeObject = (meta: JsonObject) => (membersOf(meta).length > 0 ? writeMeta(meta) : "");

function Filled({ result: { said, misfits } }: { result: { said: string; misfits: readonly string[] } }) {
  return (
    <div role="status">
      <Notice kind={misfits.length > 0 ? "warn" : "info"}>
        {said}
        {misfits.length > 0 && (
          <ul className={styles.misfits}>
            {misfits.map(misfit => (
              <li key={misfit}>{misfit}</li>
            ))}
          </ul>
        )}
      </Notice>
    </div>
  );
}
