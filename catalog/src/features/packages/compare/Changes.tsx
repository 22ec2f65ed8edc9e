import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { GitCompareArrows } from "lucide-react";
import { useState } from "react";
import type { Diff, DiffItem, DiffKind } from "@/api/models";
import { pushQueries, type Side } from "@/api/pushes";
import { t } from "@/language/en/features/packages/compare";
import { bytes } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { entryPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { ChangeDetails, contentPath, rowsPath, sizeOf } from "./ChangeDetails";
import { ChangeKind, kindWord } from "./ChangeKind";
import styles from "./Changes.module.css";

/** The changes, one a line. */
export function Changes({
  head,
  base,
  kinds,
  same,
}: {
  head: Side;
  base: Side | null;
  kinds: readonly DiffKind[];
  same: boolean;
}) {
  const diff = useInfiniteQuery({
    ...pushQueries.diff(useServices(), head, base, kinds),
    placeholderData: keepPreviousData,
  });
  const [open, setOpen] = useState<DiffItem | null>(null);
  const rows = itemsOf(diff.data);
  const first = diff.data?.pages[0];
  const columns: Column<DiffItem>[] = [
    {
      id: "key",
      label: t.key,
      cell: row => (
        <NameCell icon={<ChangeKind of={row.kind} />} sub={`${kindWord(row.kind)} · ${sizes(row)}`}>
          <button type="button" className={styles.key} title={row.logical_key} onClick={() => setOpen(row)}>
            {row.previous_key !== null && <span className={styles.old}>{row.previous_key} → </span>}
            {row.logical_key}
          </button>
        </NameCell>
      ),
    },
    {
      id: "kind",
      label: t.change,
      wide: true,
      width: 170,
      cell: row => <span className="muted">{described(row)}</span>,
    },
    {
      id: "size",
      label: t.size,
      wide: true,
      align: "right",
      width: 190,
      cell: row => <span className="num">{sizes(row)}</span>,
    },
    {
      id: "open",
      label: t.open,
      wide: true,
      align: "right",
      width: 330,
      cell: row => first && <OpenLinks row={row} diff={first} />,
    },
  ];
  if (same)
    return (
      <Panel>
        <Empty title={t.sameFiles} icon={<GitCompareArrows size={22} />}>
          {t.bothRevisionsSame}
        </Empty>
      </Panel>
    );
  return (
    <>
      <ListPanel
        label={t.changes}
        query={diff}
        loading={t.loadingChanges}
        rows={rows}
        columns={columns}
        id={row => `${row.kind} ${row.logical_key}`}
        empty={<Empty title={t.noSuchChanges} icon={<GitCompareArrows size={22} />} />}
      />
      {open && first && <ChangeDetails item={open} diff={first} onClose={() => setOpen(null)} />}
    </>
  );
}

function described(row: DiffItem): string {
  if (row.kind === "metadata") return t.otherMetadata;
  return row.metadata_changed ? t.otherMetadata2(kindWord(row.kind)) : kindWord(row.kind);
}

function sizes({ kind, before, after }: DiffItem): string {
  const [old, now] = [before && bytes(sizeOf(before)), after && bytes(sizeOf(after))];
  return kind === "changed" && old && now && old !== now ? `${old} → ${now}` : (now ?? old ?? "");
}

function OpenLinks({ row, diff }: { row: DiffItem; diff: Diff }) {
  const plain = (path: string) => path.replace(/\/$/, "");
  const content = contentPath(row, diff);
  const rows = rowsPath(row, diff);
  return (
    <span className={styles.open}>
      {content && (
        <ButtonLink small kind="quiet" to={content} aria-label={t.compareContent2(row.logical_key)}>
          {t.content}
        </ButtonLink>
      )}
      {rows && (
        <ButtonLink small kind="quiet" to={rows} aria-label={t.compareRows2(row.logical_key)}>
          {t.rows}
        </ButtonLink>
      )}
      {row.before && diff.base && (
        <ButtonLink
          small
          kind="quiet"
          to={entryPath(diff.base.bucket, diff.base.name, diff.base.top_hash, plain(row.before.path))}
        >
          {t.before2}
        </ButtonLink>
      )}
      {row.after && (
        <ButtonLink
          small
          kind="quiet"
          to={entryPath(diff.head.bucket, diff.head.name, diff.head.top_hash, plain(row.after.path))}
        >
          {t.after2}
        </ButtonLink>
      )}
    </span>
  );
}
