/** What went wrong with a query, and what to do about it. */
import type { SqlProblem } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { offsetOf, positionOf, type TextPosition, tokensOf } from "@/lib/sql";

const titles = (): Record<string, string> => ({
  statement_refused: t.thisStatementIsNotAllowed,
  statement_failed: t.theQueryFailed,
  statement_limit_reached: t.theQueryReachedALimit,
  statement_crashed: t.theQueryEndedUnexpectedly,
});

const advice = (): Record<string, string> => ({
  statement_refused: t.aQueryIsOneSELECTOver,
  statement_limit_reached: t.readFewerFilesOrColumnsFilter,
  statement_crashed: t.runItAgainIfItEnds,
});

const slugOf = ({ type }: SqlProblem) => type.split("/").pop() ?? "";

/** What the engine's parser says of a statement that it cannot read. */
const isMistyped = ({ detail }: SqlProblem) => /^(Parser Error: )?syntax error/i.test(detail);

export const titleOf = (problem: SqlProblem) =>
  isMistyped(problem) ? t.theStatementHasAMistake : (titles()[slugOf(problem)] ?? problem.title);
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
