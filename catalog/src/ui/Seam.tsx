/** What pushes changed, as patches between stitches. */
import { Link } from "react-router";
import { t } from "@/language/en/ui/parts";
import styles from "./Seam.module.css";

export interface SeamCounts {
  added: number;
  removed: number;
  changed: number;
  moved: number;
  metadata: number;
}

const makePatches = () =>
  [
    ["added", t.added],
    ["changed", t.changed],
    ["moved", t.moved],
    ["metadata", t.otherMetadata],
    ["removed", t.removed],
  ] as const;

/** In words, for instance "3 files added, 1 file removed". */
export function seamText(counts: SeamCounts | null | undefined): string {
  if (!counts) return t.notCountedYet;
  const some = makePatches().filter(([kind]) => counts[kind] > 0);
  if (some.length === 0) return t.sameFiles;
  return some.map(([kind, words]) => `${t.filesCount(counts[kind])} ${words}`).join(", ");
}

/** Patches grow with the logarithm: one file in a hundred thousand is still seen. */
const widthOf = (count: number) => 1 + Math.log2(count);

function Patches({ counts }: { counts: SeamCounts | null | undefined }) {
  return (
    <span className={styles.patches} title={seamText(counts)}>
      {counts &&
        makePatches().map(
          ([kind]) =>
            counts[kind] > 0 && (
              <span key={kind} data-kind={kind} style={{ flexGrow: widthOf(counts[kind]) }} />
            ),
        )}
    </span>
  );
}

/** One push. The text beside it says the same. */
export function Seam({ counts }: { counts: SeamCounts | null | undefined }) {
  return (
    <span className={styles.seam} data-single aria-hidden="true">
      <Patches counts={counts} />
    </span>
  );
}

export interface SeamPush {
  id: string;
  counts: SeamCounts | null | undefined;
}

/** The last pushes, the oldest first; leads to all of them. */
export function HistorySeam({
  pushes,
  to,
  label,
}: {
  pushes: readonly SeamPush[];
  to: string;
  label: string;
}) {
  return (
    <Link to={to} className={styles.history} aria-label={label}>
      <span className={styles.seam}>
        {pushes.map(({ id, counts }) => (
          <Patches key={id} counts={counts} />
        ))}
      </span>
    </Link>
  );
}
