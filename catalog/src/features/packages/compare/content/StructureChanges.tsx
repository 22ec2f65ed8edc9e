import { useState } from "react";
import { type Json, writeJson } from "@/lib/json";
import { counted } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Empty } from "@/ui/States";
import { ChangeKind } from "../ChangeKind";
import type { StructureChange } from "./structure";
import styles from "./StructureChanges.module.css";

const BATCH_CHANGES = 200;
const MAX_VALUE_LENGTH = 1_000;

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
                <Value value={change.before} />
              </td>
              <td className={styles.after}>
                <Value value={change.after} />
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

function Value({ value }: { value: Json | undefined }) {
  if (value === undefined) return <span className="muted">–</span>;
  const text = writeJson(value);
  return <code>{text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text}</code>;
}
