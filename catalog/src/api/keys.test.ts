import { expect, test } from "vitest";
import { keys } from "./keys";

test("no two keys begin with the same noun", () => {
  const nouns = Object.values(keys).map(key => key()[0]);
  expect(nouns).toEqual([...new Set(nouns)]);
});

test("a key with fewer values is the beginning of the whole key", () => {
  expect(keys.revision("lab", "amy/wine", "latest").slice(0, 3)).toEqual(keys.revision("lab", "amy/wine"));
});
