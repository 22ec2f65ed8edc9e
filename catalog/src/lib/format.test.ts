import { expect, test } from "vitest";
import { counted, loadLanguage } from "@/language/language";
import { ago, bytes, bytesFrom, change, decimal, numberFrom, typedNumber } from "./format";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.00 kB"],
  [11_540, "11.5 kB"],
  [999_949, "1.00 MB"],
  [123_456_789, "123 MB"],
  [5e12, "5.00 TB"],
  [2e21, "2000 EB"],
])("%d bytes are %s", (size, text) => {
  expect(bytes(size)).toBe(text);
});

test.each([
  ["2026-11-20T12:00:00Z", "just now"],
  ["2026-11-20T11:59:20Z", "40 seconds ago"],
  ["2026-11-20T09:00:00Z", "3 hours ago"],
  ["2026-11-19T11:00:00Z", "yesterday"],
  ["2026-10-31T12:00:00Z", "2 weeks ago"],
  ["2023-01-01T12:00:00Z", "3 years ago"],
  ["2026-11-20T13:30:00Z", "in 1 hour"],
])("%s was %s", (then, text) => {
  expect(ago(new Date(then), new Date("2026-11-20T12:00:00Z"))).toBe(text);
});

test("one and many", () => {
  expect([counted(1, "file"), counted(0, "file"), counted(1_234, "entry", "entries")]).toEqual([
    "1 file",
    "0 files",
    "1,234 entries",
  ]);
});

test("changes have a sign", () => {
  expect([5_000, -5_000, 0].map(by => change(by, bytes))).toEqual(["+5.00 kB", "−5.00 kB", "±0 B"]);
});

test.each([
  ["1.5 GB", 1_500_000_000],
  ["10k", 10_000],
  ["2 MiB", 2_097_152],
  ["1,234", 1_234],
  ["7 bytes", 7],
  ["0", 0],
  ["-1", null],
  ["large", null],
  ["", null],
])("%s typed is %s bytes", (text, size) => {
  expect(bytesFrom(text)).toBe(size);
});

test("a number of unknown meaning is not too long", () => {
  expect([12_345_678, 0.123456789, -3].map(decimal)).toEqual(["12,345,678", "0.12346", "-3"]);
});

test("numbers are read as the page's language writes them, and a point before other than three digits is one", async () => {
  await loadLanguage("de");
  const read = ["1.500", "-1.500", "1.234.567", "1,5", "0.125", "1.5"].map(numberFrom);
  const again = ["0.125", "-1500.25", "7"].map(typedNumber);
  const sizes = [bytesFrom("1,5 GB"), bytesFrom("1.500")];
  await loadLanguage("en");
  expect(read).toEqual([1_500, -1_500, 1_234_567, 1.5, 0.125, 1.5]);
  expect(again).toEqual(["0,125", "-1500,25", "7"]);
  expect(sizes).toEqual([1_500_000_000, 1_500]);
  expect(typedNumber("0.125")).toBe("0.125");
});
