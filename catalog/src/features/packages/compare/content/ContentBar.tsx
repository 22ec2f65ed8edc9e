import type { ReactNode } from "react";
import styles from "./ContentBar.module.css";

/** What changed in a file, beside the ways to look at it. */
export function ContentBar({ children }: { children: ReactNode }) {
  return <div className={styles.bar}>{children}</div>;
}
