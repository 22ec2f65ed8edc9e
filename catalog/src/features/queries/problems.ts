/** What went wrong with a query, and what to do about it. */
import type { SqlProblem } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { offsetOf, positionOf, type TextPosition, tokensOf } from "@/lib/sql";

const titles = (): Record<string, string> => ({
  statement_refused: t.statementNotAllowed,
  statement_failed: t.queryFailed,
  statement_limit_reached: t.queryReachedLimit,
  statement_crashed: t.queryEndedUnexpectedly,
});

const advice = (): Record<string, string> => ({
  statement_refused: t.queryOneSelect,
  statement_limit_reached: t.readFewerFiles,
  statement_crashed: t.runAgainEnds,
});

const slugOf = ({ type }: SqlProblem) => type.split("/").pop() ?? "";

/** What the engine's parser says of a statement that it cannot read. */
const isMistyped = ({ detail }: SqlProblem) => /^(Parser Error: )?syntax error/i.test(detail);

export const titleOf = (problem: SqlProblem) =>
  isMistyped(problem) ? t.statementMistake : (titles()[slugOf(problem)] ?? problem.title);
export const adviceOn = (problem: SqlProblem): string | null =>
  isMistyped(problem) ? null : (advice()[slugOf(problem)] ?? null);

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
