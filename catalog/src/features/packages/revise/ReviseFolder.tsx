/** A directory of the revision that is being revised, with what becomes of it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { CornerLeftUp, Ellipsis, FileText, FolderOpen, PencilLine, Tags, Trash2, Undo2 } from "lucide-react";
import { type DragEvent, type ReactNode, useState } from "react";
import type { Entry, PackageFile } from "@/api/models";
import { queries } from "@/api/queries";
import { isEditable } from "@/features/files/edit/editable";
import { chooseColumn } from "@/features/files/selection/ChooseCell";
import { useSelection } from "@/features/files/selection/useSelection";
import { t } from "@/language/en/features/packages/revise";
import { RequestError } from "@/lib/errors";
import { bytes } from "@/lib/format";
import { userMeta } from "@/lib/metadata";
import { itemsOf } from "@/lib/pages";
import { nameOf, parentOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { ListPanel } from "@/ui/ListPanel";
import { Menu, MenuItem } from "@/ui/Menu";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { MoveAllDialog, MoveDialog, NoteDialog } from "./EditDialogs";
import { type Edit, type Edits, fateOf, type Move, newIn } from "./edits";
import styles from "./ReviseFolder.module.css";

interface Row {
  path: string;
  folder: boolean;
  /** Null: it is new. */
  entry: Entry | null;
  size: string;
}

type Asked = { what: "move" | "note"; row: Row } | { what: "move-all" } | null;

interface Props {
  bucket: string;
  name: string;
  topHash: string;
  path: string;
  edits: Edits;
  workflow: string | null;
  change: (edit: Edit) => void;
  open: (path: string) => void;
  /** Opens a file that is text; null for a new one. */
  edit: (path: string, file: PackageFile | null) => void;
}

/** Stands for the listing of a directory that is only in the draft. */
const NOTHING_PUSHED = { isPending: false, isError: false, error: null, refetch: () => null };

export function ReviseFolder({ bucket, name, topHash, path, edits, workflow, change, open, edit }: Props) {
  const entries = useInfiniteQuery(queries.entries(useServices(), bucket, name, topHash, path));
  const [asked, setAsked] = useState<Asked>(null);
  const known = itemsOf(entries.data);
  // A directory that is only in the draft is not in the revision.
  const missing = entries.error instanceof RequestError && entries.error.trouble === "missing";
  const rows = rowsOf(known, edits, path);
  const selection = useSelection(rows.map(row => row.path));
  const { chosen } = selection;
  const moveTo = (paths: readonly string[], folder: string) => {
    const pushed = new Set(known.map(each => each.path));
    const moves = paths
      .filter(each => each !== folder && !folder.startsWith(`${each}/`))
      .map((each): Move => ({
        path: each,
        to: folder ? `${folder}/${nameOf(each)}` : nameOf(each),
        isPushed: pushed.has(each),
      }));
    change({ type: "move", moves });
    selection.clear();
  };
  const drag = { chosen, moveTo };
  const columns: Column<Row>[] = [
    chooseColumn(
      selection,
      row => row.path,
      row => nameOf(row.path),
    ),
    {
      id: "name",
      label: t.name,
      cell: row => (
        <Draggable row={row} {...drag}>
          <NameCell icon={row.folder ? <FolderIcon /> : <FileIcon name={row.path} />} sub={row.size}>
            <Name row={row} edits={edits} open={open} /> <Fate row={row} edits={edits} />
          </NameCell>
        </Draggable>
      ),
    },
    {
      id: "size",
      label: t.size,
      wide: true,
      align: "right",
      width: 190,
      cell: row => <span className="num">{row.size}</span>,
    },
    {
      id: "actions",
      label: t.actions,
      quiet: true,
      align: "right",
      width: 64,
      cell: row => (
        <Actions
          row={row}
          edits={edits}
          change={change}
          ask={what => setAsked({ what, row })}
          edit={() => edit(row.path, row.entry?.type === "file" ? row.entry : null)}
        />
      ),
    },
  ];
  return (
    <>
      {path !== "" && (
        <DropTarget folder={parentOf(path).replace(/\/$/, "")} moveTo={moveTo}>
          <Button
            small
            kind="quiet"
            icon={<CornerLeftUp size={14} />}
            onClick={() => open(parentOf(path).replace(/\/$/, ""))}
          >
            {t.upPath(nameOf(parentOf(path)) || name)}
          </Button>
        </DropTarget>
      )}
      <ListPanel
        label={t.files}
        table={t.filesPath(path || name)}
        title={chosen.size > 0 ? t.chosenChosen(chosen.size) : undefined}
        tools={
          chosen.size > 0 && (
            <>
              <Button small onClick={() => setAsked({ what: "move-all" })}>
                {t.move2}
              </Button>
              <Button
                small
                onClick={() => {
                  removeAll(rows, chosen, change);
                  selection.clear();
                }}
              >
                {t.remove}
              </Button>
              <Button small kind="quiet" onClick={selection.clear}>
                {t.chooseNone}
              </Button>
            </>
          )
        }
        query={missing ? NOTHING_PUSHED : entries}
        loading={t.loadingFolder}
        rows={rows}
        columns={columns}
        id={row => row.path}
        empty={
          <Empty title={missing ? t.newFolder3 : t.folderEmpty} icon={<FolderOpen size={22} />}>
            {missing && t.willPackageOnce}
          </Empty>
        }
      />
      {asked?.what === "move-all" && (
        <MoveAllDialog
          paths={[...chosen]}
          from={path}
          onMove={folder => {
            moveTo([...chosen], folder);
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        />
      )}
      {asked?.what === "move" && (
        <MoveDialog
          path={asked.row.path}
          to={edits.moved[asked.row.path] ?? asked.row.path}
          onMove={to => {
            const { path: from, entry } = asked.row;
            change({ type: "move", moves: [{ path: from, to, isPushed: entry !== null }] });
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        />
      )}
      {asked?.what === "note" && (
        <NoteDialog
          bucket={bucket}
          name={name}
          workflow={workflow}
          path={asked.row.path}
          isFile={!asked.row.folder}
          meta={metaOf(asked.row, edits)}
          onNote={meta => {
            change({ type: "note", metas: new Map([[asked.row.path, meta]]) });
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

function metaOf({ path, entry }: Row, edits: Edits) {
  const fresh = edits.added[path];
  if (fresh) return fresh.meta ?? null;
  return Object.hasOwn(edits.noted, path) ? (edits.noted[path] ?? null) : userMeta(entry?.meta);
}

/** What the revision has is removed; what is new is not added. */
function removeAll(rows: readonly Row[], chosen: ReadonlySet<string>, change: (edit: Edit) => void) {
  const pushed = rows.filter(row => chosen.has(row.path) && row.entry !== null).map(row => row.path);
  if (pushed.length > 0) change({ type: "remove", paths: pushed });
  for (const row of rows)
    if (chosen.has(row.path) && row.entry === null) change({ type: "undo", kind: "added", path: row.path });
}

function rowsOf(known: readonly Entry[], edits: Edits, path: string): Row[] {
  const { files, folders } = newIn(edits, path);
  const there = new Set(known.map(each => each.path));
  const fresh: Row[] = [
    ...[...folders]
      .filter(([each]) => !there.has(each))
      .map(([each, files]) => ({ path: each, folder: true, entry: null, size: t.filesFiles(files) })),
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
          ? `${t.filesTotalEntries(entry.total_entries)}, ${bytes(entry.total_bytes)}`
          : bytes(entry.size),
    })),
  ];
}

type MoveTo = (paths: readonly string[], folder: string) => void;

const DRAGGED = "application/x-patchwork-paths";

/** A row that can be dragged, with the others that are chosen; a folder takes what is dropped on it. */
function Draggable({
  row,
  chosen,
  moveTo,
  children,
}: {
  row: Row;
  chosen: ReadonlySet<string>;
  moveTo: MoveTo;
  children: ReactNode;
}) {
  const dragged = (
    // The menu of each row, and “Move…” above them, do the same.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      draggable
      onDragStart={event => {
        const paths = chosen.has(row.path) ? [...chosen] : [row.path];
        event.dataTransfer.setData(DRAGGED, JSON.stringify(paths));
        event.dataTransfer.effectAllowed = "move";
      }}
    >
      {children}
    </div>
  );
  if (!row.folder) return dragged;
  return (
    <DropTarget folder={row.path} moveTo={moveTo}>
      {dragged}
    </DropTarget>
  );
}

function DropTarget({ folder, moveTo, children }: { folder: string; moveTo: MoveTo; children: ReactNode }) {
  const [over, setOver] = useState(false);
  const drag = (event: DragEvent, isOver: boolean) => {
    if (!event.dataTransfer.types.includes(DRAGGED)) return;
    event.preventDefault();
    setOver(isOver);
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={styles.target}
      data-over={over || undefined}
      onDragOver={event => drag(event, true)}
      onDragLeave={event => drag(event, false)}
      onDrop={event => {
        const paths = event.dataTransfer.getData(DRAGGED);
        drag(event, false);
        if (paths) moveTo(JSON.parse(paths) as string[], folder);
      }}
    >
      {children}
    </div>
  );
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
        {t.new}
      </span>
    );
  if (fate.removed)
    return (
      <span className={styles.fate} data-kind="gone">
        {t.removed}
      </span>
    );
  const parts = [
    fate.movedTo !== null && `→ ${fate.movedTo}`,
    fate.replaced && "replaced",
    fate.noted && t.otherMetadata,
  ].filter(Boolean);
  return parts.length > 0 && <span className={styles.fate}>{parts.join(", ")}</span>;
}

function Actions({
  row,
  edits,
  change,
  ask,
  edit,
}: {
  row: Row;
  edits: Edits;
  change: (edit: Edit) => void;
  ask: (what: "move" | "note") => void;
  edit: () => void;
}) {
  const { path, entry } = row;
  const fate = fateOf(edits, path);
  const isNew = entry === null;
  const size = edits.added[path]?.size ?? (entry?.type === "file" ? entry.size : null);
  const canEdit = !row.folder && !fate.removed && size !== null && isEditable(path, size);
  return (
    <span className={styles.row}>
      <Menu label={t.actionsPath(nameOf(path))} trigger={<Ellipsis size={16} />}>
        {canEdit && (
          <MenuItem icon={<FileText size={15} />} onClick={edit}>
            {t.editText}
          </MenuItem>
        )}
        {edits.removed.includes(path) ? (
          <MenuItem
            icon={<Undo2 size={15} />}
            onClick={() => change({ type: "undo", kind: "removed", path })}
          >
            {t.keep2}
          </MenuItem>
        ) : (
          <>
            {!fate.removed && (
              <MenuItem icon={<PencilLine size={15} />} onClick={() => ask("move")}>
                {t.renameMove2}
              </MenuItem>
            )}
            {!fate.removed && !(isNew && row.folder) && (
              <MenuItem icon={<Tags size={15} />} onClick={() => ask("note")}>
                {t.editMetadata}
              </MenuItem>
            )}
            {isNew ? (
              <MenuItem
                icon={<Undo2 size={15} />}
                onClick={() => change({ type: "undo", kind: "added", path })}
              >
                {t.doNotAdd}
              </MenuItem>
            ) : (
              <MenuItem icon={<Trash2 size={15} />} onClick={() => change({ type: "remove", paths: [path] })}>
                {t.remove}
              </MenuItem>
            )}
          </>
        )}
      </Menu>
    </span>
  );
}
