import { ArrowRightLeft, Minus, Plus, Tags, Undo2 } from "lucide-react";
import { t } from "@/language/en/features/packages/revise";
import { count } from "@/lib/format";
import { IconButton } from "@/ui/Button";
import type { Edit, EditStep } from "./edits";
import styles from "./EditList.module.css";

const SYMBOLS = { added: Plus, removed: Minus, moved: ArrowRightLeft, noted: Tags } as const;
const MAX_SHOWN = 500;

/** What would be pushed, each to be undone; `faults`: what the registry said against some. */
export function EditList({
  steps,
  faults,
  change,
}: {
  steps: readonly EditStep[];
  faults: ReadonlyMap<EditStep, string>;
  change: (edit: Edit) => void;
}) {
  if (steps.length === 0) return null;
  return (
    <ul className={styles.edits} aria-label={t.changes}>
      {steps.slice(0, MAX_SHOWN).map(step => {
        const Symbol = SYMBOLS[step.kind];
        return (
          <li key={`${step.kind} ${step.path}`}>
            <Symbol size={14} data-kind={step.kind} aria-hidden="true" />
            <span className={styles.what}>
              {described(step)}
              {faults.has(step) && <span className={styles.fault}>{faults.get(step)}</span>}
            </span>
            <IconButton
              label={t.undoStep(described(step))}
              className={styles.undo}
              onClick={() => change({ type: "undo", kind: step.kind, path: step.path })}
            >
              <Undo2 size={14} />
            </IconButton>
          </li>
        );
      })}
      {steps.length > MAX_SHOWN && <li>{t.moreSteps(count(steps.length - MAX_SHOWN))}</li>}
    </ul>
  );
}

function described({ operation }: EditStep): string {
  switch (operation.op) {
    case "add":
      return t.addLogicalKey(operation.logical_key);
    case "remove":
      return t.removePath(operation.path);
    case "move":
      return t.movePathTo(operation.path, operation.to);
    case "annotate":
      return operation.metadata === null
        ? t.takeMetadataAway(operation.path)
        : t.metadataPath(operation.path);
  }
}
