import { expect, test } from "vitest";
import {
  added,
  conditionText,
  listParameter,
  nextSort,
  questionFrom,
  rowsQuery,
  typedValue,
  within,
} from "./question";

test("a question comes back from the address as it was", () => {
  const params = new URLSearchParams({
    table: "Sheet 2",
    sort: "-litres",
    columns: '["region","litres"]',
    where: '[["region","=","Ahr"],["litres",">=",5]]',
  });
  const question = questionFrom(params);
  expect(question).toEqual({
    table: "Sheet 2",
    columns: ["region", "litres"],
    sort: { column: "litres", descending: true },
    where: [
      ["region", "=", "Ahr"],
      ["litres", ">=", 5],
    ],
  });
  expect(rowsQuery(question)).toEqual({
    table: "Sheet 2",
    columns: '["region","litres"]',
    sort: '["-litres"]',
    where: params.get("where"),
  });
});

test("an address that is no question asks for everything", () => {
  const question = questionFrom(new URLSearchParams({ where: "nonsense", columns: "{" }));
  expect(question).toEqual({ table: null, columns: [], sort: null, where: [] });
});

test("a head sorts up, then down, then not at all", () => {
  const up = nextSort(null, "a");
  const down = nextSort(up, "a");
  expect([up, down, nextSort(down, "a")]).toEqual([
    { column: "a", descending: false },
    { column: "a", descending: true },
    null,
  ]);
  expect(nextSort(down, "b")).toEqual({ column: "b", descending: false });
});

test.each([
  ["12", "integer", 12],
  ["9007199254740993", "integer", "9007199254740993"],
  ["1.5", "number", 1.5],
  ["none", "number", "none"],
  ["True", "boolean", true],
  [" a ", "string", " a "],
  ["12", "string", "12"],
])("%s typed for a column of type %s", (text, type, value) => {
  expect(typedValue(text, { type })).toBe(value);
});

test("the last bar of a histogram has its end", () => {
  expect(within("a", 1, 2, false).map(conditionText)).toEqual(["a ≥ 1", "a < 2"]);
  expect(within("a", 1, 2, true).map(conditionText)).toEqual(["a ≥ 1", "a ≤ 2"]);
});

test("a condition is not added twice", () => {
  expect(
    added(
      [["a", "=", 1]],
      [
        ["a", "=", 1],
        ["a", "null", false],
      ],
    ).map(conditionText),
  ).toEqual(["a = 1", "a is not missing"]);
  expect(listParameter([])).toBeNull();
});
