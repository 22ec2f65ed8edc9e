import { expect, test } from "vitest";
import { partSize } from "./upload";

const MB = 1_048_576;

test.each([
  [20 * MB, 8 * MB],
  [80_000 * MB, 8 * MB],
  [80_001 * MB, 9 * MB],
  [5_000_000 * MB, 500 * MB],
])("%i bytes go in parts of %i", (size, part) => {
  expect(partSize(size)).toBe(part);
  expect(Math.ceil(size / part)).toBeLessThanOrEqual(10_000);
});
