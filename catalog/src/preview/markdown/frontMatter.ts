/** The YAML between dashes that a document may begin with. */
import { FAILSAFE_SCHEMA, load } from "js-yaml";
import { isJsonObject, type Json } from "@/lib/json";

export interface FrontMatter {
  /** Null when `text` is no YAML object. */
  fields: Record<string, Json> | null;
  text: string;
}

const FENCED = /^---[ \t]*\r?\n(?:(.*?)\r?\n)?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/s;

/** Values are texts as they are written: `1.0` and `no` are not read as numbers or truth. */
export function splitFrontMatter(source: string): { front: FrontMatter | null; body: string } {
  const match = FENCED.exec(source);
  if (!match) return { front: null, body: source };
  const text = match[1] ?? "";
  let value: Json | undefined;
  try {
    value = load(text, { schema: FAILSAFE_SCHEMA }) as Json | undefined;
  } catch {
    return { front: { fields: null, text }, body: source.slice(match[0].length) };
  }
  if (value === undefined || value === null) return { front: null, body: source.slice(match[0].length) };
  // A text between two lines is one.
  if (!isJsonObject(value)) return { front: null, body: source };
  return { front: { fields: value, text }, body: source.slice(match[0].length) };
}
