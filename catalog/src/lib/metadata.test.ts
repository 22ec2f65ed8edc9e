import { describe, expect, it } from "vitest";
import { metaChanges, parseMeta, userMeta, writeMeta } from "./metadata";

describe("metadata that somebody types", () => {
  it("may be nothing, or an object", () => {
    expect(parseMeta("  ")).toEqual({ meta: null, error: null });
    expect(parseMeta('{"a": [1]}')).toEqual({ meta: { a: [1] }, error: null });
    expect(parseMeta(writeMeta({ a: { b: null } })).meta).toEqual({ a: { b: null } });
  });
  it("is refused with a reason and a place", () => {
    expect(parseMeta("[1]").error).toContain("object");
    expect(parseMeta("null").error).toContain("object");
    expect(parseMeta('{\n  "a": x\n}').error).toMatch(/not JSON/);
  });
});

it("is what the author gave", () => {
  expect(userMeta({ user_meta: { a: 1 }, other: 2 })).toEqual({ a: 1 });
  expect(userMeta({ user_meta: {} })).toBeNull();
  expect(userMeta({ a: 1 })).toEqual({ a: 1 });
  expect(userMeta(null)).toBeNull();
});

describe("metadata before and after", () => {
  it("are compared as deep as both have objects", () => {
    expect(metaChanges({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: 1, c: 3 }, d: [1], e: null })).toEqual([
      { path: "a.c", before: 2, after: 3 },
      { path: "e", after: null },
    ]);
    expect(metaChanges({ a: { b: 1 } }, { a: 1 })).toEqual([{ path: "a", before: { b: 1 }, after: 1 }]);
    expect(metaChanges(null, null)).toEqual([]);
    expect(metaChanges({ constructor: 1 }, null)).toEqual([{ path: "constructor", before: 1 }]);
  });
});
