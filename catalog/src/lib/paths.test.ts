import { expect, test } from "vitest";
import {
  bucketPath,
  crumbs,
  entryPath,
  extensionOf,
  fromTail,
  nameOf,
  parentOf,
  resolve,
  safeNext,
  toTail,
  treePath,
} from "./paths";

const ODD = [
  "a b/c+d",
  "100%/%2F",
  "a//b",
  "/lead",
  "///",
  "ü/日本/😀",
  "a?b#c",
  "dir/",
  "a/b//",
  "&=;,:@$!*'()",
  "web/../x.txt",
  "web/./.",
  "..",
  "../",
  "/../..//./",
  "~../~~./~x/~/...",
  "%2E%2E/.%2E",
];

test.each(ODD)("the address of %s leads back to it", key => {
  const address = new URL(treePath("b", key), "http://catalog");
  expect(address.search + address.hash).toBe("");
  expect(address.pathname.slice(1)).not.toContain("//");
  expect(fromTail(address.pathname, 3)).toBe(key);
});

test("half a surrogate pair does no harm", () => {
  expect(toTail("a\uD800")).toBe("a%EF%BF%BD");
});

test("addresses of packages", () => {
  expect(entryPath("b", "amy/wine", "latest", "data/a b.csv")).toBe(
    "/b/b/packages/amy/wine/tree/latest/data/a%20b.csv",
  );
  expect(bucketPath("my.bucket")).toBe("/b/my.bucket");
});

test("names, parents and extensions", () => {
  expect(nameOf("a/b/")).toBe("b");
  expect(nameOf("a/b.csv")).toBe("b.csv");
  expect(parentOf("a/b/")).toBe("a/");
  expect(parentOf("a")).toBe("");
  expect(extensionOf("a/b.tar.GZ")).toBe("gz");
  expect(extensionOf("a.b/.hidden")).toBe("");
});

test("crumbs keep empty segments", () => {
  expect(crumbs("a//b.csv")).toEqual([
    { label: "a", path: "a/" },
    { label: "", path: "a//" },
    { label: "b.csv", path: "a//b.csv" },
  ]);
});

test.each([
  ["docs/README.md", "img/a%20b.png", "docs/img/a b.png"],
  ["docs/README.md", "../data/x.csv?raw=1#L3", "data/x.csv"],
  ["docs/README.md", "/top.md", "top.md"],
  ["docs/README.md", "./sub/", "docs/sub/"],
  ["docs/README.md", "../../secret", null],
  ["README.md", "100%.txt", "100%.txt"],
])("in %s, %s means %s", (from, reference, path) => {
  expect(resolve(from, reference)).toBe(path);
});

test.each([
  ["/b/x?y=1", "/b/x?y=1"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["/signin?next=/", "/"],
  ["/signout", "/"],
  [null, "/"],
])("after signing in, %s leads to %s", (next, to) => {
  expect(safeNext(next)).toBe(to);
});
