import { Field as Base } from "@base-ui/react/field";
import { type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes, useId } from "react";
import styles from "./Field.module.css";

type Props = InputHTMLAttributes<HTMLInputElement> & {
  label: string;
  help?: ReactNode;
  error?: string | null;
};

export function Field({ label, help, error, ...rest }: Props) {
  return (
    <Base.Root invalid={Boolean(error)} className={styles.field}>
      <Base.Label className={styles.label}>{label}</Base.Label>
      <Base.Control {...rest} defaultValue={undefined} className={styles.input} />
      {help && <Base.Description className={styles.help}>{help}</Base.Description>}
      {error && (
        <Base.Error match className={styles.error}>
          {error}
        </Base.Error>
      )}
    </Base.Root>
  );
}

/** A small input with an unseen label, for filtering lists. */
export function Filter({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={event => onChange(event.target.value)}
      className={`${styles.input ?? ""} ${styles.filter ?? ""}`}
      spellCheck={false}
      autoComplete="off"
    />
  );
}

/** One of several, where there are too many to be all in sight. */
export function Choice<Value extends string>({
  label,
  options,
  value,
  onChange,
  help,
}: {
  label: string;
  options: readonly (readonly [Value, string])[];
  value: Value;
  onChange: (value: Value) => void;
  help?: ReactNode;
}) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <select
        id={id}
        className={styles.input}
        value={value}
        onChange={event => onChange(event.target.value as Value)}
        aria-describedby={help ? `${id}-help` : undefined}
      >
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
      {help && (
        <p id={`${id}-help`} className={styles.help}>
          {help}
        </p>
      )}
    </div>
  );
}

/** Several lines of text; `code`: in letters of one width. */
export function Area({
  label,
  help,
  error,
  code = false,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & {
  label: string;
  help?: ReactNode;
  error?: string | null;
  code?: boolean;
}) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <textarea
        rows={3}
        {...rest}
        id={id}
        className={`${styles.input ?? ""} ${styles.area ?? ""}`}
        data-code={code || undefined}
        data-invalid={error ? true : undefined}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-about`}
        spellCheck={!code}
      />
      <div id={`${id}-about`}>
        {error ? <p className={styles.error}>{error}</p> : help && <p className={styles.help}>{help}</p>}
      </div>
    </div>
  );
}

export function Check({
  label,
  checked,
  onChange,
  disabled,
}: {
  label: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <label className={styles.check}>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={event => onChange(event.target.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
