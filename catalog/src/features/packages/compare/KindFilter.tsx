import type { Diff, DiffKind } from "@/api/models";
import { t } from "@/language/en/features/packages/compare";
import { bytes, count } from "@/lib/format";
import { Notice } from "@/ui/States";
import { ChangeKind, changeKinds } from "./ChangeKind";
import styles from "./KindFilter.module.css";

/** How much there is of each kind of change; pressed kinds are the only ones shown. */
export function KindFilter({
  diff: { totals, moves_found },
  kinds,
  toggle,
}: {
  diff: Diff;
  kinds: readonly DiffKind[];
  toggle: (kind: DiffKind) => void;
}) {
  return (
    <>
      <div className={styles.kinds} role="group" aria-label={t.showOnly} aria-busy={totals === null}>
        {changeKinds().map(([kind, label]) => (
          <button
            key={kind}
            type="button"
            className={styles.kind}
            aria-pressed={kinds.includes(kind)}
            disabled={totals?.[kind] === 0 && !kinds.includes(kind)}
            onClick={() => toggle(kind)}
          >
            <ChangeKind of={kind} />
            <span>
              <strong className="num">{totals ? count(totals[kind]) : "…"}</strong> {label}
            </span>
            <small className="num">{totals ? bytes(totals.bytes[kind]) : t.counting}</small>
          </button>
        ))}
      </div>
      {totals && !moves_found && <Notice>{t.revisionsTooLarge}</Notice>}
    </>
  );
}
