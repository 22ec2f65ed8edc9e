import { expect, test } from "vitest";
import { adviceOn, placeOf, titleOf } from "./problems";

const SQL = "SELECT a,\n  nothing\nFROM t";
const problem = (detail: string, position: { line: number; column: number } | null = null) => ({
  type: "/problems/statement_failed",
  title: "",
  status: 422,
  message: "",
  detail,
  position,
});

test("a mistake is where the engine says", () => {
  expect(placeOf(problem("Parser Error", { line: 2, column: 3 }), SQL)?.offset).toBe(SQL.indexOf("nothing"));
});

test("a mistake without a place is where the name stands that the engine complains about", () => {
  const detail =
    'Binder Error: Referenced column "Nothing" not found in FROM clause!\nCandidate bindings: "a"';
  expect(placeOf(problem(detail), SQL)).toEqual({ line: 2, column: 3, offset: SQL.indexOf("nothing") });
  expect(placeOf(problem('Binder Error: no "b"'), SQL)).toBeNull();
  expect(placeOf(problem("Out of memory"), SQL)).toBeNull();
});

test("a statement that cannot be read has a mistake, and is not forbidden", () => {
  const refused = (detail: string) => ({ ...problem(detail), type: "/problems/statement_refused" });
  expect(titleOf(refused('syntax error at or near "FORM"'))).toBe("The statement has a mistake");
  expect(adviceOn(refused('syntax error at or near "FORM"'))).toBeNull();
  expect(titleOf(refused("read_csv is no function of queries"))).toBe("This statement is not allowed");
  expect(adviceOn(refused("read_csv is no function of queries"))).toContain("package(…)");
});
