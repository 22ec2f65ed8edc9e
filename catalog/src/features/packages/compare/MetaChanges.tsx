/** What of metadata differs, before and after. */
import { type Json, writeJson } from "@/lib/json";
import { type Meta, metaChanges } from "@/lib/metadata";
import styles from "./MetaChanges.module.css";

const MAX_SHOWN = 200;
const MAX_VALUE_LENGTH = 1_000;

export function MetaChanges({ before, after }: { before: Meta | null; after: Meta | null }) {
  const changes = metaChanges(before, after);
  if (changes.length === 0) return <p className="muted">The same on both sides.</p>;
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {changes.slice(0, MAX_SHOWN).map(change => (
          <tr key={change.path}>
            <td>
              <code>{change.path}</code>
            </td>
            <td className={styles.before}>
              <Value value={change.before} />
            </td>
            <td className={styles.after}>
              <Value value={change.after} />
            </td>
          </tr>
        ))}
        {changes.length > MAX_SHOWN && (
          <tr>
            <td colSpan={3}>{changes.length - MAX_SHOWN} more…</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Value({ value }: { value: Json | undefined }) {
  if (value === undefined) return <span className="muted">–</span>;
  const text = writeJson(value);
  return <code>{text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text}</code>;
}
