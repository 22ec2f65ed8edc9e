import { expect, test } from "vitest";
import { faultOf, parametersOf, valueOf, valuesOf } from "./parameters";

const SQL = "SELECT * FROM t WHERE year = $year AND region = $region AND ok = $ok";

test("a parameter has what was typed, else what the query ran with, else its default", () => {
  const saved = [
    { name: "year", type: "number", default: 2025, description: "Of the harvest" },
    { name: "region", type: "text", default: "Ahr", description: "" },
    { name: "gone", type: "text", default: "", description: "" },
  ] as const;
  const found = parametersOf(SQL, { ok: { type: "boolean", text: "true" } }, { region: "Mosel" }, saved);
  expect(found.map(({ name, type, text }) => [name, type, text])).toEqual([
    ["year", "number", "2025"],
    ["region", "text", "Mosel"],
    ["ok", "boolean", "true"],
  ]);
  expect(valuesOf(found)).toEqual({ year: 2025, region: "Mosel", ok: true });
});

test("values have the type of their parameter, and an empty field is a missing value", () => {
  expect(valueOf({ type: "text", text: "12" })).toBe("12");
  expect(valueOf({ type: "number", text: "12.5" })).toBe(12.5);
  expect(valueOf({ type: "boolean", text: "false" })).toBe(false);
  expect(valueOf({ type: "date", text: "2026-11-30" })).toBe("2026-11-30");
  expect(valueOf({ type: "number", text: "" })).toBeNull();
  expect(faultOf({ type: "number", text: "many" })).toBe("This is not a number.");
  expect(faultOf({ type: "text", text: "many" })).toBeNull();
});
