/** What somebody wants changed in a revision, by the paths it has there; and the operations that do it. */
import type { Patch } from "@/api/models";
import { t } from "@/language/en/features/packages/revise";
import type { Meta } from "@/lib/metadata";

export type Operation = Patch["operations"][number];

export interface Added {
  physicalKey: string;
  size: number | null;
  /** What its author says about it. */
  meta?: Meta | null;
}

export interface Edits {
  /** By logical key. */
  added: Record<string, Added>;
  /** Files and directories. */
  removed: string[];
  /** From where to where. */
  moved: Record<string, string>;
  /** Metadata of files and directories; null takes it away. */
  noted: Record<string, Meta | null>;
}

export const NO_EDITS: Edits = { added: {}, removed: [], moved: {}, noted: {} };

export type EditKind = keyof Edits;

export interface Move {
  path: string;
  to: string;
  /** Whether the revision has it. */
  isPushed: boolean;
}

export type Edit =
  | { type: "add"; entries: Record<string, Added> }
  | { type: "remove"; paths: readonly string[] }
  /** Files and folders, of the revision or new ones. */
  | { type: "move"; moves: readonly Move[] }
  | { type: "note"; metas: ReadonlyMap<string, Meta | null> }
  | { type: "undo"; kind: EditKind; path: string }
  | { type: "clear" };

function without<Value>(of: Record<string, Value>, path: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(of).filter(([each]) => each !== path));
}

export function edited(edits: Edits, edit: Edit): Edits {
  switch (edit.type) {
    case "add":
      return withAdded(edits, edit.entries);
    case "remove":
      return edit.paths.reduce(withRemoved, edits);
    case "move":
      return edit.moves.reduce(withMoved, edits);
    case "note":
      return [...edit.metas].reduce(withNote, edits);
    case "undo":
      return withoutEdit(edits, edit.kind, edit.path);
    case "clear":
      return NO_EDITS;
  }
}

function withAdded(edits: Edits, entries: Record<string, Added>): Edits {
  const kept = Object.entries(entries).map(([path, entry]): [string, Added] => {
    const noted = edits.noted[path];
    return [path, entry.meta === undefined && noted !== undefined ? { ...entry, meta: noted } : entry];
  });
  return {
    ...edits,
    added: { ...edits.added, ...Object.fromEntries(kept) },
    removed: edits.removed.filter(each => !Object.hasOwn(entries, each)),
    noted: Object.keys(entries).reduce(without, edits.noted),
  };
}

/** Of a folder that is new, all its files. */
function withoutEdit(edits: Edits, kind: EditKind, path: string): Edits {
  if (kind === "removed") return { ...edits, removed: edits.removed.filter(each => each !== path) };
  const stays = ([each]: [string, unknown]) => each !== path && !(kind === "added" && isBelow(each, path));
  return { ...edits, [kind]: Object.fromEntries(Object.entries(edits[kind]).filter(stays)) };
}

/** With what was to be done below it. */
function withRemoved(edits: Edits, path: string): Edits {
  const outside = <Value>(record: Record<string, Value>) =>
    Object.fromEntries(Object.entries(record).filter(([each]) => each !== path && !isBelow(each, path)));
  return {
    added: outside(edits.added),
    removed: [...edits.removed.filter(each => each !== path && !isBelow(each, path)), path],
    moved: outside(edits.moved),
    noted: outside(edits.noted),
  };
}

function withMoved(edits: Edits, { path, to, isPushed }: Move): Edits {
  if (to === path) return { ...edits, moved: without(edits.moved, path) };
  const isReplaced = isPushed && Object.hasOwn(edits.added, path);
  // What is new goes along.
  const added = Object.fromEntries(
    Object.entries(edits.added).map(([each, entry]): [string, Added] => [
      each === path || isBelow(each, path) ? to + each.slice(path.length) : each,
      entry,
    ]),
  );
  if (isReplaced) return { ...withRemoved({ ...edits, added: {} }, path), added };
  return { ...edits, added, moved: isPushed ? { ...edits.moved, [path]: to } : edits.moved };
}

/** A file that is new has its metadata from the beginning. */
function withNote(edits: Edits, [path, meta]: readonly [string, Meta | null]): Edits {
  const fresh = edits.added[path];
  return fresh
    ? { ...edits, added: { ...edits.added, [path]: { ...fresh, meta } } }
    : { ...edits, noted: { ...edits.noted, [path]: meta } };
}

export function countOf(edits: Edits): number {
  return (
    edits.removed.length +
    [edits.added, edits.moved, edits.noted].reduce((total, each) => total + Object.keys(each).length, 0)
  );
}

const isBelow = (path: string, above: string) => path.startsWith(`${above}/`);
const depth = (path: string) => path.split("/").length;

export interface EditStep {
  operation: Operation;
  kind: EditKind;
  path: string;
}

/**
 * In an order in which all paths still mean what they meant in the revision: first what is taken away, then metadata,
 * then moves, the deepest first, then what is new. What would touch something that is removed is left out.
 */
export function stepsOf({ added, removed, moved, noted }: Edits): EditStep[] {
  const gone = new Set(removed);
  const isGone = (path: string) => {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1))
      if (gone.has(path.slice(0, at))) return true;
    return false;
  };
  const stays = ([path]: [string, unknown]) => !gone.has(path) && !isGone(path);
  return [
    ...removed
      .filter(path => !isGone(path))
      .map((path): EditStep => ({ kind: "removed", path, operation: { op: "remove", path } })),
    ...Object.entries(noted)
      .filter(stays)
      .map(([path, metadata]): EditStep => ({
        kind: "noted",
        path,
        operation: { op: "annotate", path, metadata },
      })),
    ...Object.entries(moved)
      .filter(stays)
      .toSorted(([a], [b]) => depth(b) - depth(a))
      .map(([path, to]): EditStep => ({ kind: "moved", path, operation: { op: "move", path, to } })),
    ...Object.entries(added).map(([path, { physicalKey, size, meta }]): EditStep => ({
      kind: "added",
      path,
      operation: {
        op: "add",
        logical_key: path,
        physical_key: physicalKey,
        ...(size === null ? {} : { size }),
        ...(meta ? { meta: { user_meta: meta } } : {}),
      },
    })),
  ];
}

/** The step that a fault is in: `operations.3.to`, or with slashes; or the path in the package. */
export function faultyStep(steps: readonly EditStep[], path: string): EditStep | null {
  const at = /^\/?operations[./](\d+)/.exec(path)?.[1];
  if (at !== undefined) return steps[Number(at)] ?? null;
  return steps.find(step => step.path === path) ?? null;
}

/** What becomes of a path of the revision. */
export function fateOf(edits: Edits, path: string) {
  return {
    removed: edits.removed.some(each => each === path || isBelow(path, each)),
    movedTo: edits.moved[path] ?? null,
    noted: Object.hasOwn(edits.noted, path),
    replaced: Object.hasOwn(edits.added, path),
  };
}

/** What is new directly in a directory: files, and directories with the number of new files in them. */
export function newIn(
  { added }: Edits,
  directory: string,
): { files: string[]; folders: Map<string, number> } {
  const prefix = directory ? `${directory}/` : "";
  const files: string[] = [];
  const folders = new Map<string, number>();
  for (const path of Object.keys(added)) {
    if (!path.startsWith(prefix)) continue;
    const slash = path.indexOf("/", prefix.length);
    if (slash < 0) files.push(path);
    else folders.set(path.slice(0, slash), (folders.get(path.slice(0, slash)) ?? 0) + 1);
  }
  return { files, folders };
}

/** Why a logical key cannot be; null when it can. */
export function wrongKey(key: string): string | null {
  if (!key) return t.typeName;
  if (key.startsWith("/") || key.endsWith("/")) return t.pathCannotBegin;
  if (key.split("/").some(each => each === "." || each === "..")) return t.cannotNames;
  return null;
}
