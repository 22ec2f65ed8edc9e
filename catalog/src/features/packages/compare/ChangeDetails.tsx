import { FileDiff, Rows3 } from "lucide-react";
import type { Diff, DiffItem, DiffKind, Entry } from "@/api/models";
import { t } from "@/language/en/features/packages/compare";
import { userMeta } from "@/lib/metadata";
import { compareFilePath, compareRowsPath, entryPath } from "@/lib/paths";
import { isQueried } from "@/lib/sql";
import { ButtonLink } from "@/ui/Button";
import { Facts } from "@/ui/Layout";
import { Size } from "@/ui/Measures";
import { Modal, ModalActions } from "@/ui/Modal";
import { MetaChanges } from "./MetaChanges";
import styles from "./ChangeDetails.module.css";

export const sizeOf = (entry: Entry) => (entry.type === "file" ? entry.size : entry.total_bytes);

/** To what differs inside a file; null for other changes. */
export function contentPath({ kind, before, after }: DiffItem, { head, base }: Diff): string | null {
  if (kind !== "changed" || !base || before?.type !== "file" || after?.type !== "file") return null;
  return compareFilePath(sideOf(head), sideOf(base), after.path, before.path);
}

/** To the rows of a table whose content has changed; null for other changes. */
export function rowsPath({ kind, before, after }: DiffItem, { head, base }: Diff): string | null {
  const isTable = kind === "changed" && base && before?.type === "file" && after?.type === "file";
  if (!isTable || !isQueried(before.path) || !isQueried(after.path)) return null;
  return compareRowsPath(sideOf(head), sideOf(base), after.path, before.path);
}

const sideOf = ({ bucket, name, top_hash: reference }: Diff["head"]) => ({ bucket, name, reference });

/** One change: the file before and after, and what differs in its metadata. */
export function ChangeDetails({ item, diff, onClose }: { item: DiffItem; diff: Diff; onClose: () => void }) {
  const { before, after } = item;
  const content = contentPath(item, diff);
  const rows = rowsPath(item, diff);
  const anyMeta = item.metadata_changed || item.kind === "metadata";
  return (
    <Modal open onClose={onClose} title={item.logical_key} about={explanations()[item.kind]} wide>
      <div className={styles.details}>
        <div className={styles.both}>
          <EntryFacts title={t.before} entry={before} side={diff.base} />
          <EntryFacts title={t.after} entry={after} side={diff.head} />
        </div>
        {content && (
          <div className={styles.ways}>
            <ButtonLink to={content} icon={<FileDiff size={15} />}>
              {t.compareContent}
            </ButtonLink>
            {rows && (
              <ButtonLink to={rows} icon={<Rows3 size={15} />}>
                {t.compareRows}
              </ButtonLink>
            )}
          </div>
        )}
        {anyMeta && (
          <section>
            <h3>{t.metadata}</h3>
            <MetaChanges before={userMeta(before?.meta)} after={userMeta(after?.meta)} />
          </section>
        )}
      </div>
      <ModalActions cancel={t.close} />
    </Modal>
  );
}

const explanations = (): Record<DiffKind, string> => ({
  added: t.fileOnlyRevision,
  removed: t.fileOnlyRevisionBefore,
  changed: t.contentChanged,
  moved: t.sameContentUnder,
  metadata: t.sameContentOther,
});

function EntryFacts({ title, entry, side }: { title: string; entry: Entry | null; side: Diff["base"] }) {
  return (
    <section>
      <h3>{title}</h3>
      {entry && side ? (
        <>
          <Facts
            facts={[
              [t.key, <code key="key">{entry.path}</code>],
              [t.size, <Size key="size" of={sizeOf(entry)} />],
              entry.type === "file" && entry.hash && [t.hash, <code key="hash">{entry.hash.value}</code>],
              entry.type === "file" && [t.stored, <code key="at">{entry.physical_key}</code>],
            ]}
          />
          <ButtonLink small to={entryPath(side.bucket, side.name, side.top_hash, entry.path)}>
            {t.openValue(entry.type === "file" ? t.file : t.folder)}
          </ButtonLink>
        </>
      ) : (
        <p className="muted">{t.not}</p>
      )}
    </section>
  );
}
