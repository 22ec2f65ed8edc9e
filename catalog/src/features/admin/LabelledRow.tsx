import type { ReactNode } from "react";
import styles from "./LabelledRow.module.css";

/** A line of a list: a name, what it means, what is wrong with it, and at its end its state or a switch. */
export function LabelledRow({
  name,
  about,
  problem,
  children,
}: {
  name: string;
  about?: ReactNode;
  problem?: string | null;
  children: ReactNode;
}) {
  return (
    <li className={styles.row}>
      <div>
        <h3>{name}</h3>
        {about && <p>{about}</p>}
        {problem && <p className={styles.bad}>{problem}</p>}
      </div>
      {children}
    </li>
  );
}
