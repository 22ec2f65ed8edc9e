import { expect, test } from "vitest";
import { areaBelow, seriesBars, stepLine } from "./growth";

const BOX = { width: 100, height: 50 };

test("a line holds each value for its place, and the highest one reaches the top", () => {
  const line = stepLine([10, 20], BOX);
  expect(line).toBe("M0 25H50V0H100");
  expect(areaBelow(line, BOX)).toBe("M0 25H50V0H100V50H0Z");
});

test("no values make no line, and nothing but zeros lies at the bottom", () => {
  expect(stepLine([], BOX)).toBe("");
  expect(areaBelow("", BOX)).toBe("");
  expect(stepLine([0, 0], BOX)).toBe("M0 50H50V50H100");
});

test("a bar of few among many is still seen, and one of none has no height", () => {
  expect(seriesBars([1000, 1, 0, 500], BOX)).toEqual([
    { x: 2.5, y: 0, width: 20, height: 50 },
    { x: 27.5, y: 48, width: 20, height: 2 },
    { x: 52.5, y: 50, width: 20, height: 0 },
    { x: 77.5, y: 25, width: 20, height: 25 },
  ]);
});
