/** What went wrong with a query, and what to do about it. */
import type { SqlProblem } from "@/api/sqlQueries";
import { offsetOf, positionOf, type TextPosition, tokensOf } from "@/lib/sql";

const TITLES: Record<string, string> = {
  statement_refused: "This statement is not allowed",
  statement_failed: "The query failed",
  statement_limit_reached: "The query reached a limit",
  statement_crashed: "The query ended unexpectedly",
};

const ADVICE: Record<string, string> = {
  statement_refused:
    "A query is one SELECT over package(…), entries(…), revisions(…), packages(…) and tabulator(…).",
  statement_limit_reached: "Read fewer files or columns, filter by WHERE, or put rows together by GROUP BY.",
  statement_crashed: "Run it again. If it ends again, read fewer files: one of them may be damaged.",
};

const slugOf = ({ type }: SqlProblem) => type.split("/").pop() ?? "";

/** What the engine's parser says of a statement that it cannot read. */
const isMistyped = ({ detail }: SqlProblem) => /^(Parser Error: )?syntax error/i.test(detail);

export const titleOf = (problem: SqlProblem) =>
  isMistyped(problem) ? "The statement has a mistake" : (TITLES[slugOf(problem)] ?? problem.title);
export const adviceOn = (problem: SqlProblem): string | null =>
  isMistyped(problem) ? null : (ADVICE[slugOf(problem)] ?? null);

/** Where the mistake is: as the engine says, else where the first name that it complains about stands. */
export function placeOf(problem: SqlProblem, sql: string): (TextPosition & { offset: number }) | null {
  if (problem.position) return { ...problem.position, offset: offsetOf(sql, problem.position) };
  const [, named] = /"([^"\n]+)"/.exec(problem.detail.split("\n")[0] ?? "") ?? [];
  const isNamed = (value: string) => named !== undefined && value.toLowerCase() === named.toLowerCase();
  const found = tokensOf(sql).find(
    ({ kind, value }) => (kind === "word" || kind === "name") && isNamed(value),
  );
  return found ? { ...positionOf(sql, found.from), offset: found.from } : null;
}
