import { t } from "@/language/en/features/insight";
import { type KindBytes, kindName, sharesOf } from "@/lib/block";
import { Size } from "@/ui/Measures";
import styles from "./KindsBar.module.css";

/** The kinds of bytes as parts of a bar, and each in words. */
export function KindsBar({ kinds }: { kinds: KindBytes | null }) {
  const shares = sharesOf(kinds);
  if (kinds === null) return <p className="muted">{t.kindsAreNotKnown}</p>;
  if (shares.length === 0) return <p className="muted">{t.noBytes}</p>;
  return (
    <>
      <div className={styles.bar} aria-hidden="true">
        {shares.map(({ kind, share }) => (
          <span key={kind} data-kind={kind} style={{ flexGrow: share }} />
        ))}
      </div>
      <ul className={styles.legend}>
        {shares.map(({ kind }) => (
          <li key={kind}>
            <span className={styles.swatch} data-kind={kind} aria-hidden="true" />
            <span>{kindName(kind)}</span>
            <Size of={kinds[kind] ?? 0} />
          </li>
        ))}
      </ul>
    </>
  );
}
