import { expect, test } from "vitest";
import {
  isQueried,
  matchesPattern,
  newQueryPath,
  offsetOf,
  parameterNames,
  patternOf,
  positionOf,
  selectFrom,
  sourceCalls,
  sqlName,
  tableKinds,
  tokensOf,
} from "./sql";

test("calls that name data are found, but not in texts, comments and names", () => {
  const sql = `-- package('no', 'no')
    SELECT 'package(''no'', ''no'')', "package('no','no')" /* entries('no') */
    FROM Package( 'lab/amy/wine@latest' , 'data/*.csv' , sheet = 'a)' ) a
    JOIN entries('lab/amy/it''s@abc') USING (x), schema.package('no', 'no')`;
  expect(sourceCalls(sql).map(call => [call.function, call.arguments])).toEqual([
    ["package", ["lab/amy/wine@latest", "data/*.csv", null]],
    ["entries", ["lab/amy/it's@abc"]],
  ]);
});

test("a call that is still being written has the arguments so far", () => {
  expect(sourceCalls("SELECT * FROM package('lab/amy/wi")[0]?.arguments).toEqual(["lab/amy/wi"]);
  expect(sourceCalls("SELECT * FROM package(")[0]?.arguments).toEqual([]);
  expect(sourceCalls("SELECT * FROM package('lab/amy/wine@x', $path)")[0]?.arguments).toEqual([
    "lab/amy/wine@x",
    null,
  ]);
});

test("parameters are named once, and dollars in names and texts are none", () => {
  expect(
    parameterNames(
      `SELECT $year, "$pkg_name", '$text', $$ $quoted $$ FROM t WHERE y = $year AND r = $region_2`,
    ),
  ).toEqual(["year", "region_2"]);
});

test("tokens cover every character but blanks", () => {
  const sql = `SELECT "a ""b""", 1.5e3, 'é''s' AS x -- end`;
  expect(tokensOf(sql).map(({ kind, value }) => [kind, value])).toEqual([
    ["word", "SELECT"],
    ["name", 'a "b"'],
    ["sign", ","],
    ["number", "1.5e3"],
    ["sign", ","],
    ["text", "é's"],
    ["word", "AS"],
    ["word", "x"],
    ["comment", "-- end"],
  ]);
});

test("names are quoted where the language needs it", () => {
  expect(["litres", "Region", "order", "two words", 'say "x"', "1st"].map(sqlName)).toEqual([
    "litres",
    "Region",
    '"order"',
    '"two words"',
    '"say ""x"""',
    '"1st"',
  ]);
});

test("a file's statement names its path and nothing that looks alike", () => {
  const of = { bucket: "lab", name: "amy/wine", reference: "abc" };
  expect(selectFrom(of, patternOf("data/it's [1]*.csv"))).toBe(
    "SELECT *\nFROM package('lab/amy/wine@abc', 'data/it''s [[]1][*].csv')\nLIMIT 100",
  );
  expect(matchesPattern("data/it's [1]*.csv", patternOf("data/it's [1]*.csv"))).toBe(true);
  expect(matchesPattern("data/it's [1]2.csv", patternOf("data/it's [1]*.csv"))).toBe(false);
});

test("patterns stay in a folder unless they say otherwise", () => {
  const paths = ["a.csv", "data/b.csv", "data/2026/c.csv", "data/d.txt"];
  const fitting = (pattern: string) => paths.filter(path => matchesPattern(path, pattern));
  expect(fitting("*.csv")).toEqual(["a.csv"]);
  expect(fitting("data/*.csv")).toEqual(["data/b.csv"]);
  expect(fitting("**/*.csv")).toEqual(["a.csv", "data/b.csv", "data/2026/c.csv"]);
  expect(fitting("data/[bd].*")).toEqual(["data/b.csv", "data/d.txt"]);
});

test("tables of a package are counted by their kind", () => {
  expect(tableKinds(["a.csv", "b.CSV", "c.parquet", "d.csv.gz", "README.md"])).toEqual([
    ["csv", 2],
    ["parquet", 1],
    ["csv.gz", 1],
  ]);
  expect(isQueried("x.png")).toBe(false);
});

test("places of lines and columns count characters, as people do", () => {
  const sql = "SELECT '🍇',\n  wrong";
  expect(sql.slice(offsetOf(sql, { line: 2, column: 3 }))).toBe("wrong");
  expect(sql.slice(offsetOf(sql, { line: 1, column: 11 }))).toBe(",\n  wrong");
  expect(offsetOf(sql, { line: 9, column: 9 })).toBe(sql.length);
  for (const place of [
    { line: 1, column: 11 },
    { line: 2, column: 3 },
  ])
    expect(positionOf(sql, offsetOf(sql, place))).toEqual(place);
});

test("an address keeps every character of its statement", () => {
  const sql = "SELECT '100 %' & \"a+b\"\n-- é#?";
  expect(new URLSearchParams(newQueryPath(sql).split("?")[1]).get("sql")).toBe(sql);
});
