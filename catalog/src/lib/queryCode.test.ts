import { expect, test } from "vitest";
import { QUERY_SNIPPETS } from "./queryCode";

const codeOf = (id: string, sql: string, parameters: Record<string, string | number | boolean | null> = {}) =>
  QUERY_SNIPPETS.find(each => each.id === id)?.code({ registry: "https://registry.lab", sql, parameters }) ??
  "";

test("Python keeps the lines of a statement, and escapes what would end its text", () => {
  expect(codeOf("pandas", "SELECT 1\nFROM t")).toContain('SQL = """\nSELECT 1\nFROM t\n"""');
  expect(codeOf("pandas", 'SELECT "a"')).toContain('SQL = "SELECT \\"a\\""');
  expect(codeOf("pandas", "SELECT '\\n'")).toContain(`SQL = "SELECT '\\\\n'"`);
});

test("values of parameters are written in the language of the code", () => {
  const parameters = { region: 'the "Ahr"', year: 2026, organic: true, note: null };
  expect(codeOf("duckdb", "SELECT 1", parameters)).toContain(
    '"parameters": {"region": "the \\"Ahr\\"", "year": 2026, "organic": True, "note": None}',
  );
  expect(codeOf("r", "SELECT 1", parameters)).toContain(
    'parameters = list(`region` = "the \\"Ahr\\"", `year` = 2026, `organic` = TRUE, `note` = NA)',
  );
});

test("a shell gets the statement as one word", () => {
  const code = codeOf("curl", "SELECT 'it''s $HOME'");
  expect(code).toContain(`-d '{"sql":"SELECT '\\''it'\\'''\\''s $HOME'\\''","parameters":{}}'`);
});

test("every snippet reads the token from the environment and names no other place", () => {
  for (const { code } of QUERY_SNIPPETS) {
    const text = code({ registry: "https://registry.lab", sql: "SELECT 1", parameters: {} });
    expect(text).toMatch(/"TOKEN"|\$TOKEN\b/);
    expect(text.match(/https?:\/\/[\w.]+/g)?.every(each => each === "https://registry.lab")).toBe(true);
  }
});
