import { describe, expect, it, test } from "vitest";
import { JsonError, parseJson } from "./json";
import { JsonTape } from "./jsonTape";

const tapeOf = (text: string) => new JsonTape(new TextEncoder().encode(text));

/** All values with their names and texts, a line for each. */
function listed(text: string): string[] {
  const tape = tapeOf(text);
  const lines: string[] = [];
  const list = (node: number, name: string, depth: number) => {
    const kind = tape.kind(node);
    const isContainer = kind === "object" || kind === "array";
    lines.push(`${" ".repeat(depth)}${name}${isContainer ? kind : `${kind} ${tape.value(node).text}`}`);
    for (let child = node + 1; isContainer && child < tape.after(node); child = tape.after(child))
      list(child, kind === "object" ? `${tape.name(child)}: ` : "", depth + 1);
  };
  list(0, "", 0);
  return lines;
}

describe("the places of a JSON text", () => {
  it("keep numbers, repeated names and their order", () => {
    expect(listed('{"b": 9007199254740993, "a": 1.0, "10": -0, "a": [1e400, {}], "": null}')).toEqual([
      "object",
      " b: number 9007199254740993",
      " a: number 1.0",
      " 10: number -0",
      " a: array",
      "  number 1e400",
      "  object",
      " : literal null",
    ]);
  });

  it("have names and texts with their escapes read", () => {
    expect(listed('\uFEFF{"a\\"b\\\\": "x\\u00e9\\n\\"", "\\"": "😀", "\\\\\\"": true}')).toEqual([
      "object",
      ' a"b\\: string xé\n"',
      ' ": string 😀',
      ' \\": literal true',
    ]);
  });

  it("give the beginning of a long value", () => {
    const tape = tapeOf(JSON.stringify({ text: `ab\\"é${"x".repeat(100)}`, list: [1, [2, 3], "]"] }));
    const [text, list] = [1, 2];
    expect(tape.value(text, 4)).toEqual({ text: "ab", isWhole: false });
    expect(tape.value(text, 6).text).toBe("ab\\");
    expect(tape.value(text, 8).text).toBe('ab\\"');
    expect(tape.value(list)).toEqual({ text: '[1,[2,3],"]"]', isWhole: true });
  });

  it("are found in numbers of any length", () => {
    const digits = "123456789".repeat(100);
    expect(listed(`[${digits},0.${digits}]`)).toEqual(["array", ` number ${digits}`, ` number 0.${digits}`]);
    expect(listed(digits)).toEqual([`number ${digits}`]);
  });

  it("are found however deep they are", () => {
    const depth = 100_000;
    expect(tapeOf("[".repeat(depth) + "]".repeat(depth)).length).toBe(depth);
  });
});

test.each([
  "",
  "  ",
  '{"a": x}',
  '{"a": NaN}',
  '{"a": -Infinity}',
  '{"a": 01}',
  "{'a': 1}",
  '{"a": 1,}',
  '{"a" 1}',
  '{"a": 1',
  "[1 2]",
  "[1,]",
  "[",
  '["a]',
  '["a\nb"]',
  '["\\x"]',
  '["\\u12g4"]',
  "[1] 2",
  "[tru]",
  "[é]",
])("the mistake in %j is explained as everywhere else", text => {
  const mistakeOf = (read: () => unknown): string => {
    try {
      read();
    } catch (error) {
      if (error instanceof JsonError) return error.message;
    }
    return "none";
  };
  const known = mistakeOf(() => parseJson(text));
  expect(known).not.toBe("none");
  expect(mistakeOf(() => tapeOf(text))).toBe(known);
});
