import { expect, test } from "vitest";
import { type Permissions, rowsOf, summary, withLevel } from "./permissions";

const SUMMARIES: [Permissions, string][] = [
  [{}, "nothing"],
  [{ raw: "READ" }, "read raw"],
  [{ "*": "READ_WRITE", raw: "READ" }, "write every bucket"],
  [{ "*": "READ", raw: "READ_WRITE" }, "write raw, read every bucket"],
  [{ c: "READ", a: "READ", b: "READ" }, "read 3 buckets"],
  [{ b: "READ", a: "READ" }, "read a and b"],
];

test.each(SUMMARIES)("%o", (permissions, said) => {
  expect(summary(permissions)).toBe(said);
});

test("rows are every bucket, those there are, and those only named", () => {
  expect(rowsOf({ gone: "READ", raw: "READ", "*": "READ" }, ["raw", "other"])).toEqual([
    "*",
    "raw",
    "other",
    "gone",
  ]);
});

test("a level is set and taken away without touching the rest", () => {
  const before: Permissions = { a: "READ" };
  expect(withLevel(before, "b", "READ_WRITE")).toEqual({ a: "READ", b: "READ_WRITE" });
  expect(withLevel(before, "a", null)).toEqual({});
  expect(before).toEqual({ a: "READ" });
});
