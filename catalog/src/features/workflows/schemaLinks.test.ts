import { expect, test } from "vitest";
import { NEW_CONFIG, schemaLinks, withSchema } from "./schemaLinks";

test("a schema is added where the others are, and what is written stays", async () => {
  const first = withSchema(NEW_CONFIG, "harvest", "s3://lab/harvest.json");
  const second = withSchema(first, "files", "s3://lab/files.json");
  expect(second.startsWith(NEW_CONFIG)).toBe(true);
  expect(await schemaLinks(second)).toEqual(
    new Map([
      ["files", "s3://lab/files.json"],
      ["harvest", "s3://lab/harvest.json"],
    ]),
  );
  const deep = "schemas: # ours\n    a:\n        url: s3://lab/a.json\nversion: '1'\n";
  expect([...((await schemaLinks(withSchema(deep, "b", "s3://lab/b.json"))) ?? [])]).toHaveLength(2);
});

test("a text that is no YAML names no schemas", async () => {
  expect(await schemaLinks("version: [")).toBeNull();
  expect(await schemaLinks("schemas: none")).toEqual(new Map());
});
