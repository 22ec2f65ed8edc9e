import { ArrowRightLeft, Minus, Pencil, Plus, Tags } from "lucide-react";
import type { DiffKind } from "@/api/models";
import styles from "./ChangeKind.module.css";

export const KINDS = [
  ["added", "added"],
  ["removed", "removed"],
  ["changed", "changed"],
  ["moved", "moved"],
  ["metadata", "metadata only"],
] as const satisfies readonly (readonly [DiffKind, string])[];

const SYMBOLS = {
  added: Plus,
  removed: Minus,
  changed: Pencil,
  moved: ArrowRightLeft,
  metadata: Tags,
} as const;

/** The sign of a kind of change. */
export function ChangeKind({ of }: { of: DiffKind }) {
  const Symbol = SYMBOLS[of];
  return (
    <span className={styles.symbol} data-kind={of}>
      <Symbol size={15} aria-label={of} />
    </span>
  );
}
