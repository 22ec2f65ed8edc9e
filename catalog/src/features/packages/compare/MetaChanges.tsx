/** What of metadata differs, before and after. */
import { t } from "@/language/en/features/packages/compare";
import { type Meta, metaChanges } from "@/lib/metadata";
import { ChangedValue } from "./ChangedValue";
import styles from "./MetaChanges.module.css";

const MAX_SHOWN = 200;

export function MetaChanges({ before, after }: { before: Meta | null; after: Meta | null }) {
  const changes = metaChanges(before, after);
  if (changes.length === 0) return <p className="muted">{t.sameBothSides}</p>;
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">{t.name}</th>
          <th scope="col">{t.before}</th>
          <th scope="col">{t.after}</th>
        </tr>
      </thead>
      <tbody>
        {changes.slice(0, MAX_SHOWN).map(change => (
          <tr key={change.path}>
            <td>
              <code>{change.path}</code>
            </td>
            <td className={styles.before}>
              <ChangedValue value={change.before} />
            </td>
            <td className={styles.after}>
              <ChangedValue value={change.after} />
            </td>
          </tr>
        ))}
        {changes.length > MAX_SHOWN && (
          <tr>
            <td colSpan={3}>{t.moreChanges(changes.length - MAX_SHOWN)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
