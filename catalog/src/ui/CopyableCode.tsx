import type { ReactNode } from "react";
import { CopyButton } from "./Copy";
import styles from "./CopyableCode.module.css";

/** An address or an identifier, with a button that copies it; `children`: how it is shown, if not as it is. */
export function CopyableCode({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <span className={styles.line}>
      {children ?? <code>{text}</code>}
      <CopyButton text={text} />
    </span>
  );
}
