import { describe, expect, it } from "vitest";
import { type Json, parseJson, writeJson } from "./json";
import { type Meta, metaChanges, parseMeta, userMeta, writeMeta } from "./metadata";

describe("metadata that somebody types", () => {
  it("may be nothing, or an object", () => {
    expect(parseMeta("  ")).toEqual({ meta: null, error: null });
    expect(parseMeta('{"a": [1]}')).toEqual({ meta: { a: [1] }, error: null });
    expect(parseMeta(writeMeta({ a: { b: null } })).meta).toEqual({ a: { b: null } });
  });
  it("is refused with a reason and a place", () => {
    expect(parseMeta("[1]").error).toContain("object");
    expect(parseMeta("null").error).toContain("object");
    expect(parseMeta('{\n  "a": x\n}').error).toBe(
      "This is not JSON (line 2, column 8): “x” stands where a value should.",
    );
  });
  it.each([
    '{"id":1610521604143693813,"ratio":1.0}',
    '{"a":-0,"b":-0.0,"c":1e5,"d":1.50e-7,"e":5e-324,"f":1e22}',
    '{"b":1,"a":2,"10":3,"9":4}',
    `{"long":${"9".repeat(400)}}`,
  ])("goes through as written: %s", text => {
    const { meta, error } = parseMeta(text);
    expect(error).toBeNull();
    expect(writeJson(meta)).toBe(text);
    expect(writeJson(parseMeta(writeMeta(meta)).meta)).toBe(text);
  });
  it.each([
    ['{"a":{"b":1e400}}', "a.b: 1e400 is too large for a number. Write it as a text, in quotes."],
    [
      '{"x":[0,0.1000000000000000055]}',
      "x.1: the registry would keep 0.1000000000000000055 as 0.1. Write it as a text, in quotes.",
    ],
    ['{"x":1e-400}', "x: the registry would keep 1e-400 as 0. Write it as a text, in quotes."],
    ['{"a":{"b":1,"c":2,"b":1}}', "The name a.b is given twice. Remove or rename one of them."],
    ['{"mean":NaN}', "This is not JSON (line 1, column 9): “NaN” stands where a value should."],
  ])("is refused when the registry would not keep it: %s", (text, error) => {
    expect(parseMeta(text)).toEqual({ meta: null, error });
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

  it("are compared to the digit, and written so", () => {
    const changes = metaChanges(
      parseJson('{"id":9007199254740992,"v":1,"same":1.0}') as Meta,
      parseJson('{"id":9007199254740993,"v":1.0,"same":1.0}') as Meta,
    );
    const text = (value?: Json) => (value === undefined ? null : writeJson(value));
    expect(changes.map(({ path, before, after }) => [path, text(before), text(after)])).toEqual([
      ["id", "9007199254740992", "9007199254740993"],
      ["v", "1", "1.0"],
    ]);
  });
  it("say which of repeated names changed", () => {
    const meta = (text: string) => parseJson(text) as Meta;
    expect(metaChanges(meta('{"a":1,"a":2}'), meta('{"a":1,"a":3}'))).toEqual([
      { path: "a", before: 2, after: 3 },
    ]);
    expect(metaChanges(meta('{"a":1,"a":2}'), meta('{"a":1}'))).toEqual([{ path: "a", before: 2 }]);
  });
});
