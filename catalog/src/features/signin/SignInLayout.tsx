/** What is on the way in: the quilt, and beside it one short thing to do. */
import type { ReactNode } from "react";
import { useBrand } from "@/ui/brand";
import { LanguageChoice } from "@/ui/LanguageChoice";
import { Quilt } from "@/ui/Patch";
import styles from "./SignInLayout.module.css";

export function SignInLayout({
  title,
  about,
  children,
}: {
  title: string;
  about?: ReactNode;
  children: ReactNode;
}) {
  const { name } = useBrand();
  return (
    <div className={styles.page}>
      <title>{`${title} · ${name}`}</title>
      <div className={styles.quilt}>
        <Quilt />
      </div>
      <div className={styles.form}>
        <div>
          <h1>{title}</h1>
          {about && <p className="muted">{about}</p>}
        </div>
        {children}
        <LanguageChoice />
      </div>
    </div>
  );
}

export function SignInForm({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }) {
  return (
    <form
      className={styles.fields}
      onSubmit={event => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

export function SignInLinks({ children }: { children: ReactNode }) {
  return <p className={styles.below}>{children}</p>;
}
