/** A directory of the revision that is being revised, with what becomes of it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Ellipsis, FolderOpen, PencilLine, Tags, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";
import type { Entry } from "@/api/models";
import { queries } from "@/api/queries";
import { bytes, counted } from "@/lib/format";
import { userMeta } from "@/lib/metadata";
import { itemsOf } from "@/lib/pages";
import { nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { ListPanel } from "@/ui/ListPanel";
import { Menu, MenuItem } from "@/ui/Menu";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { MoveDialog, NoteDialog } from "./EditDialogs";
import { type Edit, type Edits, fateOf, newIn } from "./edits";
import styles from "./ReviseFolder.module.css";

interface Row {
  path: string;
  folder: boolean;
  /** Null: it is new. */
  entry: Entry | null;
  size: string;
}

interface Props {
  bucket: string;
  name: string;
  topHash: string;
  path: string;
  edits: Edits;
  change: (edit: Edit) => void;
  open: (path: string) => void;
}

/** Stands for the listing of a directory that is only in the draft. */
const NOTHING_PUSHED = { isPending: false, isError: false, error: null, refetch: () => null };

export function ReviseFolder({ bucket, name, topHash, path, edits, change, open }: Props) {
  const entries = useInfiniteQuery(queries.entries(useServices(), bucket, name, topHash, path));
  const [asked, setAsked] = useState<{ what: "move" | "note"; row: Row } | null>(null);
  const known = itemsOf(entries.data);
  // A directory that is only in the draft is not in the revision.
  const missing = entries.isError && newIn(edits, path).files.length + newIn(edits, path).folders.size > 0;
  const rows = rowsOf(known, edits, path);
  const columns: Column<Row>[] = [
    {
      id: "name",
      label: "Name",
      cell: row => (
        <NameCell icon={row.folder ? <FolderIcon /> : <FileIcon name={row.path} />} sub={row.size}>
          <Name row={row} edits={edits} open={open} /> <Fate row={row} edits={edits} />
        </NameCell>
      ),
    },
    {
      id: "size",
      label: "Size",
      wide: true,
      align: "right",
      width: 190,
      cell: row => <span className="num">{row.size}</span>,
    },
    {
      id: "actions",
      label: "Actions",
      quiet: true,
      align: "right",
      width: 64,
      cell: row => <Actions row={row} edits={edits} change={change} ask={what => setAsked({ what, row })} />,
    },
  ];
  return (
    <>
      <ListPanel
        label="Files"
        table={`Files in ${path || name}`}
        query={missing ? NOTHING_PUSHED : entries}
        loading="Loading the folder"
        rows={rows}
        columns={columns}
        id={row => row.path}
        empty={<Empty title="This folder is empty" icon={<FolderOpen size={22} />} />}
      />
      {asked?.what === "move" && (
        <MoveDialog
          path={asked.row.path}
          to={edits.moved[asked.row.path] ?? asked.row.path}
          onMove={to => {
            change({ type: "move", path: asked.row.path, to });
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        />
      )}
      {asked?.what === "note" && (
        <NoteDialog
          path={asked.row.path}
          meta={
            Object.hasOwn(edits.noted, asked.row.path)
              ? (edits.noted[asked.row.path] ?? null)
              : userMeta(asked.row.entry?.meta)
          }
          onNote={meta => {
            change({ type: "note", path: asked.row.path, meta });
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

function rowsOf(known: readonly Entry[], edits: Edits, path: string): Row[] {
  const { files, folders } = newIn(edits, path);
  const there = new Set(known.map(each => each.path));
  const fresh: Row[] = [
    ...[...folders]
      .filter(([each]) => !there.has(each))
      .map(([each, files]) => ({ path: each, folder: true, entry: null, size: counted(files, "file") })),
    ...files
      .filter(each => !there.has(each))
      .map(each => {
        const size = edits.added[each]?.size ?? null;
        return { path: each, folder: false, entry: null, size: size === null ? "" : bytes(size) };
      }),
  ];
  return [
    ...fresh,
    ...known.map(entry => ({
      path: entry.path,
      folder: entry.type === "directory",
      entry,
      size:
        entry.type === "directory"
          ? `${counted(entry.total_entries, "file")}, ${bytes(entry.total_bytes)}`
          : bytes(entry.size),
    })),
  ];
}

function Name({ row, edits, open }: { row: Row; edits: Edits; open: (path: string) => void }) {
  const gone = fateOf(edits, row.path).removed ? styles.gone : undefined;
  if (!row.folder) return <span className={`${styles.file ?? ""} ${gone ?? ""}`}>{nameOf(row.path)}</span>;
  return (
    <button type="button" className={styles.name} onClick={() => open(row.path)}>
      <span className={gone}>{nameOf(row.path)}/</span>
    </button>
  );
}

function Fate({ row, edits }: { row: Row; edits: Edits }) {
  const fate = fateOf(edits, row.path);
  if (!row.entry)
    return (
      <span className={styles.fate} data-kind="new">
        new
      </span>
    );
  if (fate.removed)
    return (
      <span className={styles.fate} data-kind="gone">
        removed
      </span>
    );
  const parts = [
    fate.movedTo !== null && `→ ${fate.movedTo}`,
    fate.replaced && "replaced",
    fate.noted && "other metadata",
  ].filter(Boolean);
  return parts.length > 0 && <span className={styles.fate}>{parts.join(", ")}</span>;
}

function Actions({
  row,
  edits,
  change,
  ask,
}: {
  row: Row;
  edits: Edits;
  change: (edit: Edit) => void;
  ask: (what: "move" | "note") => void;
}) {
  const { path } = row;
  const fate = fateOf(edits, path);
  const isNew = row.entry === null;
  if (isNew && row.folder) return null;
  return (
    <span className={styles.row}>
      <Menu label={`Actions for ${nameOf(path)}`} trigger={<Ellipsis size={16} />}>
        {isNew || edits.removed.includes(path) ? (
          <MenuItem
            icon={<Undo2 size={15} />}
            onClick={() => change({ type: "undo", kind: isNew ? "added" : "removed", path })}
          >
            {isNew ? "Do not add" : "Keep it"}
          </MenuItem>
        ) : (
          <>
            {!fate.removed && (
              <>
                <MenuItem icon={<PencilLine size={15} />} onClick={() => ask("move")}>
                  Rename or move…
                </MenuItem>
                <MenuItem icon={<Tags size={15} />} onClick={() => ask("note")}>
                  Edit metadata…
                </MenuItem>
              </>
            )}
            <MenuItem icon={<Trash2 size={15} />} onClick={() => change({ type: "remove", path })}>
              Remove
            </MenuItem>
          </>
        )}
      </Menu>
    </span>
  );
}
