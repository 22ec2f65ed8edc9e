/** SQL over packages: its texts and names, the calls in it that name data, and its parameters. */
import { extensionOf } from "./paths";

export interface Token {
  kind: "word" | "name" | "text" | "parameter" | "number" | "sign" | "comment";
  /** As it means: without quotes. */
  value: string;
  from: number;
  to: number;
  /** A text or a name whose quote does not end. */
  open?: boolean;
}

const PATTERNS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["comment", /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ["text", /'(?:[^']|'')*(?:'|$)/y],
  ["name", /"(?:[^"]|"")*(?:"|$)/y],
  ["text", /\$(\w*)\$[\s\S]*?(?:\$\1\$|$)/y],
  ["parameter", /\$[A-Za-z_]\w*/y],
  ["number", /\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?/iy],
  ["word", /[\p{L}_][\p{L}\p{M}\p{N}_$]*/uy],
  ["sign", /=>|::|:=|[^\s]/uy],
];

export function tokensOf(sql: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    if (/\s/.test(sql.charAt(at))) {
      at += 1;
      continue;
    }
    const token = tokenAt(sql, at);
    found.push(token);
    at = token.to;
  }
  return found;
}

function tokenAt(sql: string, from: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = from;
    const text = pattern.exec(sql)?.[0];
    if (text) return { kind, from, to: from + text.length, ...meaningOf(kind, text) };
  }
  return { kind: "sign", value: sql.charAt(from), from, to: from + 1 };
}

function meaningOf(kind: Token["kind"], text: string): Pick<Token, "value" | "open"> {
  if (kind === "parameter") return { value: text.slice(1) };
  const quote = text.charAt(0);
  if ((kind !== "text" && kind !== "name") || quote === "$") return { value: text };
  const isClosed = text.length > 1 && text.endsWith(quote);
  const inner = text.slice(1, isClosed ? -1 : undefined).replaceAll(quote + quote, quote);
  return isClosed ? { value: inner } : { value: inner, open: true };
}

/** Table functions that name data of this instance. */
export const SOURCE_FUNCTIONS = ["package", "entries", "revisions", "packages", "tabulator"] as const;

export interface SourceCall {
  function: string;
  /** Texts in its parentheses; null for what is no text. */
  arguments: (string | null)[];
  from: number;
  to: number;
}

export function sourceCalls(sql: string): SourceCall[] {
  const tokens = tokensOf(sql).filter(({ kind }) => kind !== "comment");
  const isSign = (index: number, sign: string) =>
    tokens[index]?.kind === "sign" && tokens[index].value === sign;
  return tokens.flatMap((token, index) => {
    const name = token.value.toLowerCase();
    const isCall =
      token.kind === "word" &&
      (SOURCE_FUNCTIONS as readonly string[]).includes(name) &&
      isSign(index + 1, "(");
    if (!isCall || isSign(index - 1, ".")) return [];
    const found: (string | null)[] = [];
    let at = index + 2;
    while (at < tokens.length && !isSign(at, ")")) {
      const isWhole = isSign(at + 1, ",") || isSign(at + 1, ")") || at + 1 === tokens.length;
      const argument = tokens[at];
      found.push(argument?.kind === "text" && isWhole ? argument.value : null);
      while (at < tokens.length && !isSign(at, ",") && !isSign(at, ")")) at += 1;
      if (isSign(at, ",")) at += 1;
    }
    return [{ function: name, arguments: found, from: token.from, to: tokens[at]?.to ?? sql.length }];
  });
}

/** Names of the parameters, in their order, each once. */
export function parameterNames(sql: string): string[] {
  const found = tokensOf(sql).flatMap(({ kind, value }) => (kind === "parameter" ? [value] : []));
  return [...new Set(found)];
}

export const sqlText = (text: string) => `'${text.replaceAll("'", "''")}'`;

const RESERVED = new Set(
  (
    "all and any array as asc between by case cast check collate column constraint create default desc distinct do " +
    "else end except exists false fetch for foreign from full group having in inner intersect into is join lateral " +
    "left like limit natural not null offset on only or order outer pivot primary qualify references returning right " +
    "select summarize table then to true union unique unpivot using values when where window with"
  ).split(" "),
);

/** In quotes where it needs them. */
export function sqlName(name: string): string {
  const isPlain = /^[A-Za-z_]\w*$/.test(name) && !RESERVED.has(name.toLowerCase());
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A pattern that one path alone fits. */
export const patternOf = (path: string) => path.replace(/[*?[]/g, "[$&]");

export interface PackageReference {
  bucket: string;
  name: string;
  /** A top hash or a tag. */
  reference: string;
}

export const packageUri = ({ bucket, name, reference }: PackageReference) => `${bucket}/${name}@${reference}`;

const LIMIT = 100;

/** The first rows of the files that fit the pattern; `sheet`: of a workbook. */
export function selectFrom(of: PackageReference, pattern: string, sheet?: string | null): string {
  const option = sheet ? `, sheet = ${sqlText(sheet)}` : "";
  return `SELECT *\nFROM package(${sqlText(packageUri(of))}, ${sqlText(pattern)}${option})\nLIMIT ${LIMIT}`;
}

const QUERIED = /\.(parquet|pq|csv|tsv|jsonl|ndjson|json|feather|arrow|xlsx|xls|ods)(\.(gz|zst))?$/i;

/** Whether `package(…)` reads files of this name. */
export const isQueried = (path: string) => QUERIED.test(path);

/** The kinds of tables among the paths, and how many there are of each, the most frequent first. */
export function tableKinds(paths: readonly string[]): (readonly [extension: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const extension = QUERIED.exec(path)?.[0].slice(1).toLowerCase();
    if (extension && extensionOf(path) !== "") counts.set(extension, (counts.get(extension) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a);
}

export const QUERIES_PATH = "/queries";
export const queryPath = (id: string) => `${QUERIES_PATH}/${encodeURIComponent(id)}`;
export const savedQueryPath = (id: string) => `${QUERIES_PATH}/saved/${encodeURIComponent(id)}`;
/** The editor with a statement that has not run. */
export const newQueryPath = (sql = "") =>
  `${QUERIES_PATH}/new${sql ? `?${new URLSearchParams({ sql }).toString()}` : ""}`;

export interface TextPosition {
  /** The first is 1. */
  line: number;
  column: number;
}

/** UTF-16 units before a place that is counted in characters. */
export function offsetOf(text: string, { line, column }: TextPosition): number {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const within = Array.from(lines[line - 1] ?? "")
    .slice(0, column - 1)
    .join("").length;
  return Math.min(text.length, before + within);
}

/** The inverse. */
export function positionOf(text: string, offset: number): TextPosition {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}

/** Whether a path fits a pattern: `*` and `?` within a folder, `**` over folders. */
export function matchesPattern(path: string, pattern: string): boolean {
  const source = pattern.replace(/\*\*\/?|\*|\?|\[!?[^\]]+\]|[^*?[]+|\[/g, part => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (/^\[.+\]$/.test(part))
      return `[${part
        .slice(1, -1)
        .replace(/^!/, "^")
        .replace(/[\\[\]]/g, "\\$&")}]`;
    return part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  });
  return new RegExp(`^${source}$`, "u").test(path);
}
