import { useState } from "react";
import { counted } from "@/lib/format";
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
  if (changes.length === 0)
    return (
      <Empty title="The same values">
        The documents say the same. They differ in the order of names, in spaces, or in how values are
        written.
      </Empty>
    );
  return (
    <>
      <table className={styles.changes} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Path</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
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
            Show more of {counted(changes.length - shown, "further change")}
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
