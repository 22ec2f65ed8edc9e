import { useState } from "react";
import { t } from "@/language/en/features/packages/compare";
import { Button } from "@/ui/Button";
import { Empty } from "@/ui/States";
import { ChangedValue } from "../ChangedValue";
import { ChangeKind } from "../ChangeKind";
import type { StructureChange } from "./structure";
import styles from "./StructureChanges.module.css";

const BATCH_CHANGES = 200;

/** What was added, removed and changed in a document, by paths. */
export function StructureChanges({ changes, label }: { changes: readonly StructureChange[]; label: string }) {
  const [shown, setShown] = useState(BATCH_CHANGES);
  if (changes.length === 0) return <Empty title={t.sameValues}>{t.documentsSaySame}</Empty>;
  return (
    <>
      <table className={styles.changes} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{t.path}</th>
            <th scope="col">{t.before}</th>
            <th scope="col">{t.after}</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, shown).map((change, index) => (
            // Names may be repeated.
            <tr key={`${index} ${change.path}`}>
              <td>
                <ChangeKind of={kindOf(change)} /> <code>{change.path}</code>
              </td>
              <td className={styles.before}>
                <ChangedValue value={change.before} />
              </td>
              <td className={styles.after}>
                <ChangedValue value={change.after} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length > shown && (
        <div className={styles.more}>
          <Button small onClick={() => setShown(shown + BATCH_CHANGES)}>
            {t.showMoreFurtherChange(changes.length - shown)}
          </Button>
        </div>
      )}
    </>
  );
}

function kindOf({ before, after }: StructureChange) {
  if (before === undefined) return "added";
  return after === undefined ? "removed" : "changed";
}
