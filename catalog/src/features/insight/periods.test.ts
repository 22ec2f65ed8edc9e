import { expect, test } from "vitest";
import { periodText } from "./periods";

test("a period is named by its length", () => {
  expect(periodText("day", "2026-11-03")).toBe("3 Nov 2026");
  expect(periodText("week", "2026-11-02")).toBe("week of 2 Nov 2026");
  expect(periodText("month", "2026-11-01")).toBe("Nov 2026");
});
