/** Documents compared by their structure: what was added, removed and changed, by paths. */
import { CORE_SCHEMA, loadAll, YAMLException } from "js-yaml";
import { languageOf } from "@/features/files/edit/editable";
import { t } from "@/language/en/features/packages/compare";
import {
  isJsonObject,
  isJsonScalar,
  isSameJson,
  type Json,
  JsonError,
  membersOf,
  parseJson,
  writeJson,
} from "@/lib/json";
import { valuesByName } from "@/lib/metadata";
import { differenceOf } from "./lines";

/** Documents with more values are compared by their lines. */
export const MAX_VALUES = 200_000;

export interface StructureChange {
  /** Names joined with dots, and positions in brackets. */
  path: string;
  before?: Json;
  after?: Json;
}

export type Language = "json" | "yaml";

export function structureLanguageOf(path: string): Language | null {
  const language = languageOf(path);
  return language === "markdown" ? null : language;
}

/** Null for texts that are no such documents, or have more than `MAX_VALUES`. */
export function readDocument(text: string, language: Language): { value: Json } | null {
  const value = language === "json" ? readJson(text) : readYaml(text);
  return value !== undefined && isBounded(value) ? { value } : null;
}

function readJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** Several documents of a file are a list. */
function readYaml(text: string): Json | undefined {
  try {
    const documents = loadAll(text, null, { schema: CORE_SCHEMA }) as Json[];
    return documents.length === 1 ? documents[0] : documents;
  } catch (error) {
    if (error instanceof YAMLException) return undefined;
    throw error;
  }
}

/** YAML can name a value many times, so that a short text has very many, or one without end. */
function isBounded(value: Json): boolean {
  const waiting = [value];
  for (let seen = 0; seen < MAX_VALUES; seen++) {
    const next = waiting.pop();
    if (next === undefined) return true;
    if (!isJsonScalar(next)) for (const [, inner] of membersOf(next)) waiting.push(inner);
  }
  return waiting.length === 0;
}

export function structureChanges(before: Json, after: Json): StructureChange[] {
  const found: StructureChange[] = [];
  compare("", before, after, found);
  return found;
}

function compare(path: string, a: Json | undefined, b: Json | undefined, found: StructureChange[]): void {
  if (isJsonObject(a) && isJsonObject(b)) compareObjects(path, a, b, found);
  else if (Array.isArray(a) && Array.isArray(b)) compareLists(path, a, b, found);
  else if (a === undefined || b === undefined || !isSameJson(a, b))
    found.push({
      path: path || t.document,
      ...(a === undefined ? {} : { before: a }),
      ...(b === undefined ? {} : { after: b }),
    });
}

function compareObjects(
  path: string,
  before: Record<string, Json>,
  after: Record<string, Json>,
  found: StructureChange[],
): void {
  const [left, right] = [valuesByName(before), valuesByName(after)];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(name) ?? [], right.get(name) ?? []];
    const inner = joined(path, name);
    for (let index = 0; index < Math.max(a.length, b.length); index++)
      compare(inner, a[index], b[index], found);
  }
}

/** Equal items are found where they have moved to; others in the same place are one that changed. */
function compareLists(path: string, before: Json[], after: Json[], found: StructureChange[]): void {
  const written = (items: Json[]) => items.map(item => writeJson(item));
  for (const block of differenceOf(written(before), written(after)).blocks) {
    if (block.kind === "same") continue;
    const length = Math.max(block.beforeLength, block.afterLength);
    for (let offset = 0; offset < length; offset++) {
      const [old, now] = [block.before + offset, block.after + offset];
      const [isBefore, isAfter] = [offset < block.beforeLength, offset < block.afterLength];
      compare(
        `${path}[${isAfter ? now : old}]`,
        isBefore ? before[old] : undefined,
        isAfter ? after[now] : undefined,
        found,
      );
    }
  }
}

/** Names that could be read otherwise stand in quotes. */
function joined(path: string, name: string): string {
  if (!/^[\p{L}\p{N}_$-]+$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path ? `${path}.${name}` : name;
}
