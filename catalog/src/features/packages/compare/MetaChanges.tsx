/** What of metadata differs, before and after. */
import { metaChanges, type Meta } from "@/lib/metadata";
import type { Json } from "@/lib/json";
import styles from "./MetaChanges.module.css";

const SHOWN = 200;
const LONGEST = 1_000;

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
        {changes.slice(0, SHOWN).map(change => (
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
        {changes.length > SHOWN && (
          <tr>
            <td colSpan={3}>{changes.length - SHOWN} more…</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Value({ value }: { value: Json | undefined }) {
  if (value === undefined) return <span className="muted">–</span>;
  const text = JSON.stringify(value);
  return <code>{text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}</code>;
}
