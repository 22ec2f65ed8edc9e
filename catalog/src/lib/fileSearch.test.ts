import { expect, test } from "vitest";
import { bestPaths, searchable, typedFolder } from "./fileSearch";

const PATHS = [
  "README.md",
  "data/readme-old.txt",
  "data/wine/harvest.csv",
  "docs/harvest/notes.md",
  "src/Überblick.md",
  "src/unread_me.md",
].map(searchable);

const best = (typed: string) => bestPaths(PATHS, typed, 10).found;

test("the beginning of a name comes before its middle, and names before folders", () => {
  expect(best("readme")).toEqual(["README.md", "data/readme-old.txt"]);
  expect(best("harvest")).toEqual(["data/wine/harvest.csv", "docs/harvest/notes.md"]);
});

test("all terms are wanted, in any case and order", () => {
  expect(best("CSV wine")).toEqual(["data/wine/harvest.csv"]);
  expect(best("überblick")).toEqual(["src/Überblick.md"]);
  expect(best("data wine.md")).toEqual([]);
});

test("letters in order are enough when nothing has them together", () => {
  expect(best("dwhc")).toEqual(["data/wine/harvest.csv"]);
  expect(best("zzz")).toEqual([]);
});

test("only the best are given, with the number of all", () => {
  expect(bestPaths(PATHS, "md", 1)).toEqual({ found: ["README.md"], total: 4 });
  expect(bestPaths(PATHS, "  ", 2)).toEqual({ found: ["README.md", "data/readme-old.txt"], total: 6 });
});

test("a slash is the end of a folder's path", () => {
  expect([typedFolder("data/wine/h"), typedFolder("data/wine/"), typedFolder("h")]).toEqual([
    "data/wine",
    "data/wine",
    "",
  ]);
});
