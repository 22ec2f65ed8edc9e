import { expect, test } from "vitest";
import { pointerLabel, pointerParts, pointerTo, valueAt, valueText } from "./pointers";

const META = { qc: { level: 3, "a/b~c": true }, tags: ["red", 2], none: null };

test("a pointer leads to its value, also through keys with slashes and tildes", () => {
  expect(valueAt(META, "/qc/level")).toBe(3);
  expect(valueAt(META, "/qc/a~1b~0c")).toBe(true);
  expect(valueAt(META, "/qc/none")).toBeUndefined();
  expect(valueAt(META, "/none/deeper")).toBeUndefined();
  expect(valueAt(META, "/qc/toString")).toBeUndefined();
  expect(valueAt(null, "/qc")).toBeUndefined();
});

test("keys become a pointer and come back", () => {
  const parts = ["qc", "a/b~c", ""];
  expect(pointerParts(pointerTo(parts))).toEqual(parts);
  expect(pointerLabel("/qc/a~1b")).toBe("qc.a/b");
});

test("a value is one line of text", () => {
  expect(valueText(["red", 2, null])).toBe("red, 2, ");
  expect(valueText({ a: 1 })).toBe('{"a":1}');
  expect(valueText(false)).toBe("false");
  expect(valueText(undefined)).toBe("");
});
