import { expect, test } from "vitest";
import { loadLanguage } from "@/language/language";
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

test("numbers are read and shown as the page's language writes them, and one that may be another is refused", async () => {
  const read = (...texts: string[]) =>
    texts.map(text => {
      const typed = { type: "number", text } as const;
      return faultOf(typed) ?? valueOf(typed);
    });
  const both = ["12", "-1e3", "0.125", "12.5", "1234.567", "1,5"];
  const english = read(...both, "1,234,567.5", "1.234", "1,234", "1.234.567", "1,2.5", "0x10");
  await loadLanguage("de");
  const german = read(...both, "1.234.567,5", "1,234", "1.234", "1,234,567", "1.2,5", "0x10");
  const [shown] = parametersOf("SELECT $share", {}, { share: -1234.5 }, []);
  await loadLanguage("en");
  const values = [12, -1_000, 0.125, 12.5, 1234.567, 1.5, 1_234_567.5, 1.234];
  const no = "This is not a number.";
  expect(english).toEqual([...values, "This may be 1234 or 1.234. Write it as one of them.", no, no, no]);
  expect(german.slice(0, values.length)).toEqual(values);
  expect(german.slice(values.length)).toEqual([
    "Das kann 1234 oder 1,234 sein. Schreiben Sie es wie eines von beiden.",
    ...Array<unknown>(3).fill(expect.stringContaining("keine Zahl")),
  ]);
  expect([shown?.text, shown && valueOf({ type: "number", text: shown.text })]).toEqual(["-1234,5", -1234.5]);
});
