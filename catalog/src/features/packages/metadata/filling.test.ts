import { expect, test } from "vitest";
import { parseJson, writeJson } from "@/lib/json";
import { entryMetaSchema, errorsByField, groupOf } from "./fields";
import { fillingOf } from "./filling";

const SCHEMA = parseJson(`{
  "type": "object",
  "required": ["season"],
  "additionalProperties": false,
  "properties": {
    "season": { "type": "integer", "title": "Season" },
    "site": { "type": "object", "properties": { "name": { "type": "string" }, "height": { "type": "number" } } },
    "kind": { "enum": ["red", "white"] },
    "open": { "type": "boolean" },
    "tags": { "type": "array", "items": { "type": "string" } }
  }
}`);
const GROUP = groupOf(SCHEMA);

const written = (found: ReturnType<typeof fillingOf>) =>
  found.metadata
    ? writeJson(found.metadata)
    : [...found.entries].map(([key, meta]) => [key, writeJson(meta)]);

test("a head and a row fill the fields of the schema, whatever their case", () => {
  const found = fillingOf(
    [
      ["season", "site.name", "site.height", "Kind", "open", "tags", "extra"],
      ["2026", "Hill", 412.5, "RED", "yes", "dry; late", "x"],
    ],
    GROUP,
    undefined,
  );
  expect(written(found)).toBe(
    '{"season":2026,"site":{"name":"Hill","height":412.5},"kind":"red","open":true,"tags":["dry","late"]}',
  );
  expect(found.misfits).toEqual(["extra is not in the schema, and was left out."]);
});

test("names may stand in the first column, with values beside them", () => {
  const found = fillingOf(
    [
      ["Season", 2026],
      ["kind", "rosé"],
      ["tags", "dry", "late"],
    ],
    GROUP,
    undefined,
  );
  expect(written(found)).toBe('{"season":2026,"kind":"rosé","tags":["dry","late"]}');
  expect(found.misfits).toEqual(["kind: “rosé” is not one of red, white, and was taken as it is."]);
});

test("without a schema, texts are numbers only where they say nothing else", () => {
  const rows = [
    ["id", "n", "ok", "a.b"],
    ["007", "1.50", "true", "c"],
  ];
  expect(written(fillingOf(rows, null, undefined))).toBe('{"id":"007","n":1.50,"ok":true,"a":{"b":"c"}}');
});

test("rows with logical keys are metadata of files", () => {
  const rows = [
    ["logical_key", "season"],
    ["a.csv", "2025"],
    ["", "2025"],
    ["b/c.csv", "late"],
  ];
  const found = fillingOf(rows, null, GROUP);
  expect(written(found)).toEqual([
    ["a.csv", '{"season":2025}'],
    ["b/c.csv", '{"season":"late"}'],
  ]);
  expect(found.misfits).toEqual([
    "Row 3 names no file.",
    "b/c.csv: season: “late” is not a whole number, and was taken as it is.",
  ]);
  expect(fillingOf(rows, null, undefined).misfits[0]).toContain("when a package is revised");
});

test("what a workflow says is found at the fields", () => {
  const errors = errorsByField(
    [
      { path: "/metadata", message: "'season' is a required property" },
      { path: "/metadata/site/height", message: "'x' is not of type 'number'" },
      { path: "/message", message: "The workflow requires a message" },
    ],
    "/metadata",
  );
  expect([...errors]).toEqual([
    ["/season", "This is required."],
    ["/site/height", "'x' is not of type 'number'"],
  ]);
});

test("the schema of entries says what their metadata is", () => {
  const entries = parseJson(`{"type": "array", "items": {"properties": {"meta": ${writeJson(SCHEMA)}}}}`);
  expect(groupOf(entryMetaSchema(entries))?.fields.map(field => field.name)).toContain("season");
  expect(groupOf(entryMetaSchema(parseJson('{"minItems": 1}')))).toBeNull();
});
