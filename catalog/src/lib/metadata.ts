/** Metadata as people type and compare it. */
import type { Json } from "./json";

export type Meta = Record<string, Json>;

export type Parsed = { meta: Meta | null; error: null } | { meta: null; error: string };

/** Nothing is no metadata; else it must be a JSON object. */
export function parseMeta(text: string): Parsed {
  if (!text.trim()) return { meta: null, error: null };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { meta: null, error: `This is not JSON${where(text, error)}.` };
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return { meta: null, error: "Metadata must be a JSON object: { … }." };
  return { meta: value as Meta, error: null };
}

/** Engines say it differently; a position is turned into a line. */
function where(text: string, error: unknown): string {
  const said = error instanceof Error ? error.message : "";
  const line = /line (\d+) column (\d+)/.exec(said);
  if (line) return ` (line ${line[1] ?? ""}, column ${line[2] ?? ""})`;
  const at = /position (\d+)/.exec(said)?.[1];
  if (at === undefined) return "";
  const before = text.slice(0, Number(at)).split("\n");
  return ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
}

export const writeMeta = (meta: unknown): string => (meta ? JSON.stringify(meta, null, 2) : "");

/** What the author of a file or directory gave; that is under `user_meta`. */
export function userMeta(meta: Record<string, unknown> | null | undefined): Meta | null {
  const given = meta && "user_meta" in meta ? meta.user_meta : meta;
  return given !== null && typeof given === "object" && Object.keys(given).length > 0
    ? (given as Meta)
    : null;
}

export interface MetaChange {
  /** Names on the way, joined with dots. */
  path: string;
  before?: Json;
  after?: Json;
}

const isObject = (value: Json | undefined): value is Meta =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** What differs, as deep as both sides have objects. */
export function metaChanges(before: Meta | null, after: Meta | null): MetaChange[] {
  const found: MetaChange[] = [];
  const walk = (prefix: string, old: Meta, now: Meta) => {
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      const [a, b] = [
        Object.hasOwn(old, name) ? old[name] : undefined,
        Object.hasOwn(now, name) ? now[name] : undefined,
      ];
      const path = prefix ? `${prefix}.${name}` : name;
      if (isObject(a) && isObject(b)) walk(path, a, b);
      else if (JSON.stringify(a) !== JSON.stringify(b))
        found.push({
          path,
          ...(a === undefined ? {} : { before: a }),
          ...(b === undefined ? {} : { after: b }),
        });
    }
  };
  walk("", before ?? {}, after ?? {});
  return found;
}
