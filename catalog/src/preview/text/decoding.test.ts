import { expect, test } from "vitest";
import { textOf, wholeLines } from "./decoding";

const utf8 = (text: string) => new TextEncoder().encode(text);

test("text in any of the usual encodings is text", () => {
  expect(textOf(utf8("größe\n"), true)).toBe("größe\n");
  expect(textOf(Uint8Array.of(0xff, 0xfe, 0x41, 0), true)).toBe("A");
  expect(textOf(Uint8Array.of(0x67, 0x72, 0xf6, 0xdf, 0x65), true)).toBe("größe");
});

test("a character that the cut divides is left out", () => {
  expect(textOf(utf8("aü").subarray(0, 2), false)).toBe("a");
});

test("other bytes are none", () => {
  expect(textOf(Uint8Array.of(0x89, 0x50, 0, 1), true)).toBeNull();
  expect(textOf(Uint8Array.of(0xff, 1, 2), true)).toBeNull();
});

test("half lines are left out", () => {
  expect(wholeLines("a\nb\nc")).toBe("a\nb\n");
  expect(wholeLines("one long line")).toBe("one long line");
});
