/** The fields of an object that a JSON Schema describes, each with what is wrong with it. */
import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { t } from "@/language/en/features/packages/metadata";
import { isJsonObject, type Json, type JsonObject, membersOf, withMember, writeJson } from "@/lib/json";
import { Button } from "@/ui/Button";
import { Area, Check, Choice, Field } from "@/ui/Field";
import {
  type FieldForm,
  fits,
  isEqual,
  jsonOf,
  pointerTo,
  scalarOf,
  type SchemaField,
  shown,
} from "./fields";
import { OtherFields } from "./OtherFields";
import styles from "./SchemaFields.module.css";

type Group = Extract<FieldForm, { kind: "group" }>;
type OnChange = (value: Json | undefined) => void;
/** By JSON pointer. */
type Errors = ReadonlyMap<string, string>;

export function SchemaFields({
  group,
  value,
  errors,
  at = "",
  onChange,
}: {
  group: Group;
  value: JsonObject;
  errors: Errors;
  /** The pointer of the object. */
  at?: string;
  onChange: (value: JsonObject) => void;
}) {
  const names = new Set(group.fields.map(field => field.name));
  const others = membersOf(value).filter(([name]) => !names.has(name));
  return (
    <div className={styles.fields}>
      {group.fields.map(field => (
        <SchemaFieldInput
          key={field.name}
          field={field}
          value={Object.hasOwn(value, field.name) ? value[field.name] : undefined}
          errors={errors}
          at={at + pointerTo(field.name)}
          onChange={to => onChange(withMember(value, field.name, to))}
        />
      ))}
      {(group.isOpen || others.length > 0) && (
        <OtherFields
          members={others}
          taken={names}
          canAdd={group.isOpen}
          errors={errors}
          at={at}
          onChange={(name, to) => onChange(withMember(value, name, to))}
        />
      )}
    </div>
  );
}

interface InputProps {
  field: SchemaField;
  value: Json | undefined;
  errors: Errors;
  at: string;
  onChange: OnChange;
}

function SchemaFieldInput(props: InputProps) {
  const { field, value, errors, at, onChange } = props;
  const { form } = field;
  /** A value of another kind is edited as JSON, also while it is unfinished; until somebody leaves the field. */
  const [isTyped, setTyped] = useState(false);
  if (form.kind === "json" || isTyped || !fits(form, value))
    return <JsonInput {...props} onTyping={setTyped} />;
  const common = {
    label: field.isRequired ? t.requiredLabel(field.label) : field.label,
    help: helpOf(field),
  };
  const error = errors.get(at) ?? null;
  switch (form.kind) {
    case "text":
      return <TextInput {...props} form={form} />;
    case "number":
      return <NumberInput {...props} isInteger={form.isInteger} />;
    case "yes-no":
      return (
        <ChoiceInput
          {...common}
          options={[true, false]}
          names={[t.yes, t.no]}
          value={value}
          error={error}
          onChange={onChange}
        />
      );
    case "choice":
      return (
        <ChoiceInput {...common} options={form.options} value={value} error={error} onChange={onChange} />
      );
    case "ticks":
      return <Ticks {...common} form={form} value={value} error={error} onChange={onChange} />;
    case "lines":
      return <Lines {...props} type={form.type} />;
    case "group":
      return (
        <fieldset className={styles.group}>
          <legend>{common.label}</legend>
          {common.help && <p className={styles.help}>{common.help}</p>}
          <Mistake text={error} />
          <SchemaFields
            group={form}
            value={isJsonObject(value) ? value : {}}
            errors={errors}
            at={at}
            onChange={to => onChange(membersOf(to).length > 0 ? to : undefined)}
          />
        </fieldset>
      );
    case "groups":
      return <Groups {...props} item={form.item} />;
  }
}

const helpOf = ({ help, preset }: SchemaField): string | null => {
  const standard = preset === undefined ? null : t.withoutValue(shown(preset));
  return [help, standard].filter(Boolean).join(" ") || null;
};

const labelOf = (field: SchemaField) => (field.isRequired ? t.requiredLabel(field.label) : field.label);

function Mistake({ text }: { text: string | null }) {
  return text && <p className={styles.error}>{text}</p>;
}

function TextInput({
  field,
  form,
  value,
  errors,
  at,
  onChange,
}: InputProps & { form: Extract<FieldForm, { kind: "text" }> }) {
  const text = shown(value);
  const isLong = form.isLong || text.includes("\n");
  const common = {
    label: labelOf(field),
    help: helpOf(field),
    error: errors.get(at) ?? null,
    value: text,
    placeholder: field.example,
  };
  const change = (to: string) => onChange(to === "" ? undefined : to);
  return isLong ? (
    <Area {...common} onChange={event => change(event.target.value)} />
  ) : (
    <Field {...common} type={form.input} autoComplete="off" onChange={event => change(event.target.value)} />
  );
}

/** What is no number yet stays as it is typed, and is said to be none. */
function NumberInput({ field, isInteger, value, errors, at, onChange }: InputProps & { isInteger: boolean }) {
  const [typed, setTyped] = useState(() => shown(value));
  const now = scalarOf(typed, "number");
  // The value changed elsewhere: by a spreadsheet, or as JSON.
  const isSame = value === undefined ? typed.trim() === "" : isEqual(now ?? typed, value);
  const text = isSame ? typed : shown(value);
  const wanted = isInteger ? t.wholeNumber : t.number;
  const isWrong = text.trim() !== "" && scalarOf(text, isInteger ? "integer" : "number") === null;
  return (
    <Field
      label={labelOf(field)}
      help={helpOf(field)}
      error={isWrong ? t.notTextWanted(text, wanted) : (errors.get(at) ?? null)}
      value={text}
      placeholder={field.example}
      inputMode={isInteger ? "numeric" : "decimal"}
      autoComplete="off"
      onChange={({ target }) => {
        setTyped(target.value);
        onChange(target.value.trim() === "" ? undefined : (scalarOf(target.value, "number") ?? target.value));
      }}
    />
  );
}

function ChoiceInput({
  label,
  help,
  options,
  names,
  value,
  error,
  onChange,
}: {
  label: string;
  help: string | null;
  options: readonly Json[];
  names?: readonly string[];
  value: Json | undefined;
  error: string | null;
  onChange: OnChange;
}) {
  const chosen = value === undefined ? -1 : options.findIndex(option => isEqual(option, value));
  const isForeign = value !== undefined && chosen < 0;
  return (
    <div className={styles.choice}>
      <Choice
        label={label}
        help={help}
        value={isForeign ? "foreign" : chosen < 0 ? "" : String(chosen)}
        options={[
          ["", "–"],
          ...(isForeign ? [["foreign", t.notAllowed(shown(value))] as const] : []),
          ...options.map((option, index) => [String(index), names?.[index] ?? shown(option)] as const),
        ]}
        onChange={to => to !== "foreign" && onChange(to === "" ? undefined : options[Number(to)])}
      />
      <Mistake text={error} />
    </div>
  );
}

function Ticks({
  label,
  help,
  form,
  value,
  error,
  onChange,
}: {
  label: string;
  help: string | null;
  form: Extract<FieldForm, { kind: "ticks" }>;
  value: Json | undefined;
  error: string | null;
  onChange: OnChange;
}) {
  const chosen = Array.isArray(value) ? value : [];
  return (
    <fieldset className={styles.ticks}>
      <legend>{label}</legend>
      {help && <p className={styles.help}>{help}</p>}
      {form.options.map(option => (
        <Check
          key={writeJson(option)}
          label={shown(option)}
          checked={chosen.some(each => isEqual(each, option))}
          onChange={isChosen => {
            const next = form.options.filter(each =>
              isEqual(each, option) ? isChosen : chosen.some(other => isEqual(other, each)),
            );
            onChange(next.length > 0 ? next : undefined);
          }}
        />
      ))}
      <Mistake text={error} />
    </fieldset>
  );
}

function Lines({
  field,
  type,
  value,
  errors,
  at,
  onChange,
}: InputProps & { type: Extract<FieldForm, { kind: "lines" }>["type"] }) {
  const valueOf = (text: string): Json[] =>
    text
      .split("\n")
      .filter(line => line.trim() !== "")
      .map(line => scalarOf(line, type) ?? line);
  const list = Array.isArray(value) ? value : [];
  const [typed, setTyped] = useState(() => list.map(shown).join("\n"));
  const text = isEqual(valueOf(typed), list) ? typed : list.map(shown).join("\n");
  const wrong = list.findIndex(each => typeof each === "string" && scalarOf(each, type) === null);
  const error =
    list.map((_, index) => errors.get(at + pointerTo(index))).find(Boolean) ?? errors.get(at) ?? null;
  return (
    <Area
      label={labelOf(field)}
      help={[field.help, t.oneEachLine].filter(Boolean).join(" ")}
      error={wrong < 0 ? error : t.notListValue(shown(list[wrong]), type === "boolean" ? t.yesNo : t.number)}
      rows={Math.min(8, Math.max(2, text.split("\n").length))}
      value={text}
      onChange={({ target }) => {
        setTyped(target.value);
        const to = valueOf(target.value);
        onChange(to.length > 0 ? to : undefined);
      }}
    />
  );
}

function Groups({ field, item, value, errors, at, onChange }: InputProps & { item: Group }) {
  const list = Array.isArray(value) ? value : [];
  const set = (to: Json[]) => onChange(to.length > 0 ? to : undefined);
  return (
    <fieldset className={styles.group}>
      <legend>{labelOf(field)}</legend>
      {field.help && <p className={styles.help}>{field.help}</p>}
      <Mistake text={errors.get(at) ?? null} />
      {list.map((each, index) => (
        <fieldset key={index} className={styles.group}>
          <legend>
            {field.label} {index + 1}
          </legend>
          <SchemaFields
            group={item}
            value={isJsonObject(each) ? each : {}}
            errors={errors}
            at={at + pointerTo(index)}
            onChange={to => set(list.with(index, to))}
          />
          <Button
            small
            kind="quiet"
            icon={<X size={14} />}
            onClick={() => set(list.filter((_, other) => other !== index))}
          >
            {t.removeLabelIndex(field.label, index + 1)}
          </Button>
        </fieldset>
      ))}
      <Button small icon={<Plus size={14} />} onClick={() => set([...list, {}])}>
        {t.addLabel(field.label)}
      </Button>
    </fieldset>
  );
}

/** What no other field can show. */
function JsonInput({
  field,
  value,
  errors,
  at,
  onChange,
  onTyping,
}: InputProps & { onTyping: (isTyping: boolean) => void }) {
  const id = useId();
  const [typed, setTyped] = useState(() => (value === undefined ? "" : writeJson(value, 2)));
  const parsed = jsonOf(typed);
  const isSame = value === undefined ? parsed === undefined : parsed !== undefined && isEqual(parsed, value);
  const text = isSame ? typed : value === undefined ? "" : writeJson(value, 2);
  const isWrong = text.trim() !== "" && jsonOf(text) === undefined;
  return (
    <Area
      key={id}
      label={labelOf(field)}
      help={[field.help, "JSON."].filter(Boolean).join(" ")}
      error={isWrong ? t.notJsonYet : (errors.get(at) ?? null)}
      code
      rows={Math.min(10, Math.max(2, text.split("\n").length))}
      value={text}
      onChange={({ target }) => {
        setTyped(target.value);
        onTyping(true);
        onChange(target.value.trim() === "" ? undefined : jsonOf(target.value));
      }}
      onBlur={() => !isWrong && onTyping(false)}
    />
  );
}
