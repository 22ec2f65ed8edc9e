/** Metadata that no schema names: names with values. */
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { t } from "@/language/en/features/packages/metadata";
import { isJsonScalar, type Json, type JsonMember, writeJson } from "@/lib/json";
import { Button, IconButton } from "@/ui/Button";
import { Area, Field } from "@/ui/Field";
import { isEqual, jsonOf, looseValue, pointerTo } from "./fields";
import styles from "./OtherFields.module.css";

export function OtherFields({
  members,
  taken,
  canAdd,
  errors,
  at,
  onChange,
}: {
  members: readonly JsonMember[];
  /** Names that have fields of their own. */
  taken: ReadonlySet<string>;
  canAdd: boolean;
  errors: ReadonlyMap<string, string>;
  at: string;
  onChange: (name: string, value: Json | undefined) => void;
}) {
  const [name, setName] = useState("");
  const wanted = name.trim();
  const isTaken = taken.has(wanted) || members.some(([each]) => each === wanted);
  const add = () => {
    if (wanted === "" || isTaken) return;
    onChange(wanted, "");
    setName("");
  };
  return (
    <div className={styles.others}>
      {members.map(([each, value]) => (
        <div key={each} className={styles.other}>
          <LooseInput
            label={each}
            value={value}
            error={errors.get(at + pointerTo(each)) ?? null}
            onChange={to => onChange(each, to)}
          />
          <IconButton label={t.removeEach(each)} onClick={() => onChange(each, undefined)}>
            <X size={15} />
          </IconButton>
        </div>
      ))}
      {canAdd && (
        <div className={styles.add}>
          <Field
            label={members.length + taken.size > 0 ? t.anotherField : t.newField}
            placeholder={t.name}
            value={name}
            error={isTaken ? t.fieldName : null}
            autoComplete="off"
            onChange={event => setName(event.target.value)}
            onKeyDown={event => {
              if (event.key !== "Enter") return;
              // Enter would push the package.
              event.preventDefault();
              add();
            }}
          />
          <Button icon={<Plus size={14} />} disabled={wanted === "" || isTaken} onClick={add}>
            {t.add}
          </Button>
        </div>
      )}
    </div>
  );
}

/** A text may be written without quotation marks; it gets them where it would mean something else. */
const looseText = (value: Json): string =>
  typeof value === "string" && jsonOf(value) === undefined
    ? value
    : writeJson(value, isJsonScalar(value) ? 0 : 2);

function LooseInput({
  label,
  value,
  error,
  onChange,
}: {
  label: string;
  value: Json;
  error: string | null;
  onChange: (value: Json) => void;
}) {
  const [typed, setTyped] = useState(() => looseText(value));
  const text = isEqual(looseValue(typed), value) ? typed : looseText(value);
  const lines = text.split("\n").length;
  const change = (to: string) => {
    setTyped(to);
    onChange(looseValue(to));
  };
  return lines > 1 ? (
    <Area
      label={label}
      code
      rows={Math.min(10, lines)}
      value={text}
      error={error}
      onChange={event => change(event.target.value)}
    />
  ) : (
    <Field
      label={label}
      value={text}
      error={error}
      autoComplete="off"
      onChange={event => change(event.target.value)}
    />
  );
}
