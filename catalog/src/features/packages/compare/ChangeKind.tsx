import { ArrowRightLeft, Minus, Pencil, Plus, Tags } from "lucide-react";
import type { DiffKind } from "@/api/models";
import { t } from "@/language/en/features/packages/compare";
import styles from "./ChangeKind.module.css";

export const changeKinds = () =>
  [
    ["added", t.added],
    ["removed", t.removed],
    ["changed", t.changed],
    ["moved", t.moved],
    ["metadata", t.metadataOnly],
  ] as const satisfies readonly (readonly [DiffKind, string])[];

/** A kind by itself, as "metadata". */
export const kindWord = (kind: DiffKind): string =>
  ({ added: t.added, removed: t.removed, changed: t.changed, moved: t.moved, metadata: t.metadata2 })[kind];

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
      <Symbol size={15} aria-label={kindWord(of)} />
    </span>
  );
}
