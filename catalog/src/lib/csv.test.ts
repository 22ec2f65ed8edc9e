import { expect, test } from "vitest";
import { isNumber, parse, sniff, table } from "./csv";

test("quotes hold delimiters, lines and quotes", () => {
  expect(parse('a,"b,1","c\n""d"""\r\n,,\re', ",")).toEqual([["a", "b,1", 'c\n"d"'], ["", "", ""], ["e"]]);
});

test("a quote within a field is a plain character, an unclosed one ends with the text", () => {
  expect(parse('5" disk,x\n"open,\ny', ",")).toEqual([['5" disk', "x"], ["open,\ny"]]);
});

test("byte order marks and blank lines are left out", () => {
  expect(parse("\uFEFFa\n\n\nb\n", ",")).toEqual([["a"], ["b"]]);
});

test.each([
  ["a,b\n1,2\n3,4", ","],
  ["a;b\n1,5;2,5\n3,1;4", ";"],
  ["a\tb c, d\n1\t2, 3", "\t"],
  ["a|b|c\n1|2|3", "|"],
  ["just one column\nof words", ","],
])("the delimiter of %j is %j", (text, delimiter) => {
  expect(sniff(text)).toBe(delimiter);
});

test("a first row of names is a header", () => {
  const found = table("name,year,score\nx,2026,1.5\ny,2027,-2e3\nz,,\n", { complete: true });
  expect(found).toEqual({
    delimiter: ",",
    header: ["name", "year", "score"],
    rows: [
      ["x", "2026", "1.5"],
      ["y", "2027", "-2e3"],
      ["z", "", ""],
    ],
    numeric: [false, true, true],
  });
});

test("numbers, blanks and repetitions are no header", () => {
  expect(table("1,2\n3,4", { complete: true }).header).toBeNull();
  expect(table("a,\nb,c", { complete: true }).header).toBeNull();
  expect(table("a,a\nb,c", { complete: true }).header).toBeNull();
});

test("the last record of a part of a file is left out", () => {
  expect(table("a,b\n1,2\n3,", { complete: false }).rows).toEqual([["1", "2"]]);
});

test("ragged rows make it as wide as the widest", () => {
  const found = table("a,b\n1,2\n3,4,5\n", { complete: true });
  expect(found.rows).toEqual([
    ["1", "2"],
    ["3", "4", "5"],
  ]);
  expect(found.numeric).toHaveLength(3);
});

test.each([
  ["1", true],
  ["-1.5e-3", true],
  [" 1_000 ", true],
  ["12%", true],
  [".5", true],
  ["1-2", false],
  ["2026-01-01", false],
  ["", false],
])("%j is a number: %s", (text, number) => {
  expect(isNumber(text)).toBe(number);
});
