/** Metadata as people type and compare it. */
import { t } from "@/language/en/lib/json";
import {
  isJsonObject,
  isJsonScalar,
  isSameJson,
  type Json,
  JsonError,
  JsonNumber,
  type JsonObject,
  membersOf,
  parseJson,
  writeJson,
} from "./json";

export type Meta = JsonObject;

export type Parsed = { meta: Meta | null; error: null } | { meta: null; error: string };

/** Nothing is no metadata; else it must be a JSON object that the registry keeps as it is written. */
export function parseMeta(text: string): Parsed {
  if (!text.trim()) return { meta: null, error: null };
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { meta: null, error: t.notJson(placeOf(text, error.position), error.message) };
  }
  if (!isJsonObject(value)) return { meta: null, error: t.metadataMustJson };
  const loss = lossIn(value, "");
  return loss === null ? { meta: value, error: null } : { meta: null, error: loss };
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position).split("\n");
  return t.lineColumn(before.length, (before.at(-1)?.length ?? 0) + 1);
}

/** What the registry would not keep: of repeated names it takes the last, of fractions about 17 digits. */
function lossIn(value: Json, path: string): string | null {
  if (value instanceof JsonNumber) {
    const kept = keptOf(value.text);
    if (kept === value.text) return null;
    return kept === null
      ? t.tooLargeNumber(path, short(value.text))
      : t.registryWouldKeep(path, short(value.text), kept);
  }
  if (isJsonScalar(value)) return null;
  const names = new Set<string>();
  for (const [name, each] of membersOf(value)) {
    const inner = path ? `${path}.${name}` : name;
    if (names.has(name)) return t.nameGivenTwice(inner);
    names.add(name);
    const loss = lossIn(each, inner);
    if (loss !== null) return loss;
  }
  return null;
}

/** Integers have any length, up to the digits that a parser takes; all others are doubles. */
function keptOf(text: string): string | null {
  if (/^-?\d+$/.test(text)) return text.length > MAX_INTEGER_DIGITS ? null : text;
  const double = Number(text);
  if (!Number.isFinite(double)) return null;
  return decimal(String(double)) === decimal(text) ? text : String(double);
}

const MAX_INTEGER_DIGITS = 4_300;
const MAX_DIGITS_SHOWN = 40;

const short = (text: string) =>
  text.length > MAX_DIGITS_SHOWN ? `${text.slice(0, MAX_DIGITS_SHOWN)}…` : text;

/** One text for all ways to write a value: its digits without zeros around them, and the power of ten. */
function decimal(text: string): string {
  const [, whole = "", fraction = "", exponent = "0"] =
    /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

export const writeMeta = (meta: unknown): string => (meta ? writeJson(meta, 2) : "");

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

/** What differs, as deep as both sides have objects. */
export function metaChanges(before: Meta | null, after: Meta | null): MetaChange[] {
  const found: MetaChange[] = [];
  const walk = (prefix: string, old: Meta, now: Meta) => {
    const [left, right] = [valuesByName(old), valuesByName(now)];
    for (const name of new Set([...left.keys(), ...right.keys()])) {
      const [a, b] = [left.get(name) ?? [], right.get(name) ?? []];
      const path = prefix ? `${prefix}.${name}` : name;
      for (let index = 0; index < Math.max(a.length, b.length); index++) compare(path, a[index], b[index]);
    }
  };
  const compare = (path: string, a: Json | undefined, b: Json | undefined) => {
    if (isJsonObject(a) && isJsonObject(b)) walk(path, a, b);
    else if (a === undefined || b === undefined || !isSameJson(a, b))
      found.push({
        path,
        ...(a === undefined ? {} : { before: a }),
        ...(b === undefined ? {} : { after: b }),
      });
  };
  walk("", before ?? {}, after ?? {});
  return found;
}

/** More than one of a name that is repeated. */
export function valuesByName(meta: Meta): Map<string, Json[]> {
  const found = new Map<string, Json[]>();
  for (const [name, value] of membersOf(meta)) {
    const values = found.get(name);
    if (values) values.push(value);
    else found.set(name, [value]);
  }
  return found;
}
