/** Where in a statement somebody writes, and so what can be offered there. */
import { t } from "@/language/en/features/queries/editor";
import { SOURCE_FUNCTIONS, type SourceCall, sourceCalls, tokensOf } from "@/lib/sql";

export type WritingPlace =
  /** An argument of a call that names data: the text so far. */
  | { kind: "argument"; call: SourceCall; index: number; typed: string; from: number }
  | { kind: "code"; typed: string; from: number; isTable: boolean }
  | { kind: "nothing" };

const BEFORE_TABLES = new Set(["from", "join", ","]);

/** `at`: UTF-16 units before the caret. */
export function placeAt(sql: string, at: number): WritingPlace {
  const tokens = tokensOf(sql);
  const token = tokens.find(({ kind, from, to, open }) => {
    const goesOn = (open ?? false) || (kind === "comment" && sql.startsWith("--", from));
    return from < at && (at < to || (goesOn && at === to));
  });
  if (token?.kind === "comment" || token?.kind === "number") return { kind: "nothing" };
  if (token?.kind === "text") {
    const call = sourceCalls(sql).find(({ from, to }) => from < token.from && token.from < to);
    if (!call || sql.charAt(token.from) !== "'") return { kind: "nothing" };
    const before = tokens.filter(({ from, to }) => from >= call.from && to <= token.from);
    const index = before.filter(({ value }) => value === ",").length;
    const typed = sql.slice(token.from + 1, at).replaceAll("''", "'");
    return { kind: "argument", call, index, typed, from: token.from + 1 };
  }
  const word = /[\p{L}_"][\p{L}\p{M}\p{N}_$]*$/u.exec(sql.slice(0, at))?.[0] ?? "";
  const from = at - word.length;
  const previous = tokens.findLast(({ to }) => to <= from)?.value.toLowerCase() ?? "";
  return { kind: "code", typed: word.replace(/^"/, ""), from, isTable: BEFORE_TABLES.has(previous) };
}

const makeAbout = (): Record<
  (typeof SOURCE_FUNCTIONS)[number],
  readonly [signature: string, about: string]
> => ({
  package: ["package('bucket/author/name@latest', '**/*.csv')", t.rowsTablesRevision],
  entries: ["entries('bucket/author/name@latest')", t.filesRevisionMetadata],
  revisions: ["revisions('bucket/author/name')", t.pushesPackage],
  packages: ["packages('bucket')", t.packagesBucketMetadata],
  tabulator: ["tabulator('bucket', 'table')", t.tableSetUp],
});

export const TABLE_FUNCTIONS = SOURCE_FUNCTIONS.map(name => ({
  name,
  signature: makeAbout()[name][0],
  about: makeAbout()[name][1],
}));

/** Columns of every row that comes from a file of a package. */
export const FILE_COLUMNS = ["$pkg_name", "$logical_key", "$physical_key", "$top_hash"];

/** Parts of `bucket/author/name@reference`; null when the package is not named yet. */
export function packageOf(uri: string): { bucket: string; name: string; reference: string } | null {
  const found = /^([^/]+)\/([^/@]+\/[^/@]+)(?:@(.+))?$/.exec(uri);
  if (!found) return null;
  const [, bucket = "", name = "", reference = "latest"] = found;
  return { bucket, name, reference };
}
