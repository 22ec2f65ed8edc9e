import { Field as Base } from "@base-ui/react/field";
import type { InputHTMLAttributes, ReactNode } from "react";
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
