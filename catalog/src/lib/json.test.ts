import { describe, expect, it, test } from "vitest";
import { isSameJson, JsonError, JsonNumber, membersOf, parseJson, parseJsonWith, writeJson } from "./json";

describe("JSON that is read and written again", () => {
  it.each([
    '{"id":9007199254740993}',
    '{"v":1.0,"w":-0,"x":-0.0,"y":1e400,"z":1E5}',
    '{"digits":0.1000000000000000055511151231257827,"long":123456789012345678901234567890}',
    '{"b":1,"a":2,"10":3,"2":4}',
    '{"a":1,"b":2,"a":3}',
    '{"__proto__":{"x":1},"constructor":null}',
    '{"":""," ":"\\"","\\\\":"\\ud800"}',
    '[[],{},[[{"a":[1,2.50,true,false,null]}]]]',
    '"text"',
    "12.0",
  ])("is the same text: %s", text => {
    expect(writeJson(parseJson(text))).toBe(text);
  });

  it("may be indented", () => {
    expect(writeJson(parseJson('{"a":[1.0,{}],"b":{"c":[]}}'), 2)).toBe(
      '{\n  "a": [\n    1.0,\n    {}\n  ],\n  "b": {\n    "c": []\n  }\n}',
    );
  });

  it("has ordinary values where JavaScript prints the same", () => {
    const value = { a: [1, -2.5, 1e21, "x", null, true], b: { c: 0 } };
    expect(parseJson(JSON.stringify(value))).toEqual(value);
    expect(Object.getPrototypeOf(parseJson("{}"))).toBe(Object.prototype);
  });

  it("can be read like any object when names repeat, and keeps all members", () => {
    const value = parseJson('{"a":1,"b":2,"a":3}') as Record<string, number>;
    expect(value.a).toBe(3);
    expect(Object.keys(value)).toEqual(["a", "b"]);
    expect(membersOf(value)).toEqual([
      ["a", 1],
      ["b", 2],
      ["a", 3],
    ]);
  });
});

test.each([
  ["", "a value is missing at the end", 0],
  ['{"a": x}', "“x” stands where a value should", 6],
  ['{"a": NaN}', "“NaN” stands where a value should", 6],
  ['{"a": -Infinity}', "“-Infinity” stands where a value should", 6],
  ['{"a": 01}', "“1” stands where “}” should", 7],
  ["{'a': 1}", "“'” stands where a name in double quotes should", 1],
  ['{"a": 1,}', "“}” stands where a name in double quotes should", 8],
  ["[1 2]", "“2” stands where “]” should", 3],
  ['["a]', "a text is not closed", 1],
  ['["a\nb"]', "a text has a line break, a control character or an unknown escape", 1],
  ["[1] 2", "“2” stands where the end should", 4],
  ["[".repeat(1_001), "it is nested deeper than 1000 levels", 1_000],
])("%j is not JSON", (text, message, position) => {
  const refused = (): unknown => {
    try {
      return parseJson(text);
    } catch (error) {
      return error;
    }
  };
  expect(refused()).toBeInstanceOf(JsonError);
  expect(refused()).toMatchObject({ message, position });
});

test("an answer is exact below the named members only", () => {
  const answer = parseJsonWith('{"size":1.0,"meta":{"x":1.0},"2":{"a":1,"a":2}}', new Set(["meta"]));
  expect(answer).toEqual({ size: 1, meta: { x: new JsonNumber("1.0") }, 2: { a: 2 } });
});

test("ordinary values are written as JSON.stringify does", () => {
  const value = { a: undefined, b: [undefined, Number.NaN, new Date(0)], c: "\u2028\ud800", d: { e: 1.5 } };
  expect(writeJson(value)).toBe(JSON.stringify(value));
});

describe("values", () => {
  const same = (a: string, b: string) => isSameJson(parseJson(a), parseJson(b));
  it("are compared to the digit", () => {
    expect(same("9007199254740993", "9007199254740992")).toBe(false);
    expect(same("1.0", "1")).toBe(false);
    expect(same("1.0", '"1.0"')).toBe(false);
    expect(same("[1.0,{}]", "[1.0,{}]")).toBe(true);
    expect(same("[]", "{}")).toBe(false);
    expect(same('{"a":1}', '{"a":1,"b":1}')).toBe(false);
  });
  it("are the same with their names in another order, unless these repeat", () => {
    expect(same('{"a":1,"b":[2]}', '{"b":[2],"a":1}')).toBe(true);
    expect(same('{"a":1,"a":2}', '{"a":2,"a":1}')).toBe(false);
    expect(same('{"a":1,"a":2}', '{"a":2}')).toBe(false);
  });
});
