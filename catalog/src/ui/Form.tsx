import type { ReactNode } from "react";
import styles from "./Form.module.css";
import { useSentForm } from "./useSentForm";

/** Fields one below the other; `free`: what browsers would check, the form checks itself. */
export function Form({
  onSubmit,
  free = false,
  narrow = false,
  isSent = false,
  children,
}: {
  onSubmit: () => void;
  free?: boolean;
  narrow?: boolean;
  /** Its values are on their way, and it will close. */
  isSent?: boolean;
  children: ReactNode;
}) {
  const form = useSentForm(isSent);
  return (
    <form
      ref={form}
      noValidate={free}
      className={`${styles.stack ?? ""} ${narrow ? (styles.narrow ?? "") : ""}`}
      onSubmit={event => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

/** Things one below the other, as far apart as the fields of a form. */
export function Stack({ children }: { children: ReactNode }) {
  return <div className={styles.stack}>{children}</div>;
}

/** Buttons side by side, and what is said beside them. */
export function FormActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}

/** Buttons one below the other. */
export function ButtonColumn({ children }: { children: ReactNode }) {
  return <div className={styles.column}>{children}</div>;
}
