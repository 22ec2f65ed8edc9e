import type { ReactNode } from "react";
import { Link } from "react-router";
import styles from "./CardLink.module.css";

/** The name of a card, whose whole area leads there. The card has `position: relative`. */
export function CardLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link to={to} className={styles.link}>
      {children}
    </Link>
  );
}
