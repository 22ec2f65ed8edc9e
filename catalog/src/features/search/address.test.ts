import { expect, test } from "vitest";
import {
  chosenFields,
  questionOf,
  readAddress,
  withBounds,
  withoutChoices,
  withValues,
  writeAddress,
} from "./address";

const WHOLE =
  "q=red+wine&kind=package&buckets=lab%2Craw&revisions=all&ext=.csv&ext=.txt&meta%3A%2Fqc%2Flevel=3" +
  "&from%3Asize=10&to%3Amodified=2026-01-31&filter=has%3Ameta.doi&sort=-modified" +
  "&facet=meta%3A%2Fqc%2Flevel&column=meta%3A%2Fstatus&view=table";

const read = (text: string) => readAddress(new URLSearchParams(text));

test("what the address says comes back as it was", () => {
  expect(writeAddress(read(WHOLE)).toString()).toBe(WHOLE);
  expect(writeAddress(read("")).toString()).toBe("");
});

test("what nobody can choose is left out", () => {
  const odd = read(
    "kind=bucket&view=grid&column=name&__proto__=1&constructor=2&from:kind=1&ext=&utm=x&buckets=,",
  );
  expect(writeAddress(odd).toString()).toBe("");
});

test("no facet at all is a choice, too", () => {
  expect(read("facet=none").facets).toEqual([]);
  expect(writeAddress(read("facet=none")).toString()).toBe("facet=none");
  expect(read("").facets).toBeNull();
});

test("each choice is a clause, and a field can be left out", () => {
  const address = read(WHOLE);
  expect(questionOf(address)).toEqual({
    q: "red wine",
    kind: "package",
    bucket: ["lab", "raw"],
    filter: [
      'ext:".csv" OR ext:".txt"',
      'meta.qc.level:"3"',
      "size:>=10",
      "modified:<=2026-01-31",
      "has:meta.doi",
    ],
    revisions: "all",
  });
  expect(questionOf(address, "ext").filter).not.toContain('ext:".csv" OR ext:".txt"');
  expect(questionOf(address, "kind").kind).toBeNull();
  expect(questionOf(address, "bucket").bucket).toEqual([]);
  expect(chosenFields(address)).toEqual(["kind", "bucket", "ext", "meta:/qc/level", "size", "modified"]);
});

test("choices are made and taken back", () => {
  const address = read("q=wine");
  const chosen = withBounds(withValues(address, "ext", [".csv"]), "size", { from: "1", to: null });
  expect(writeAddress(chosen).toString()).toBe("q=wine&ext=.csv&from%3Asize=1");
  expect(withValues(address, "kind", ["package", "object"]).kind).toBe("object");
  expect(withoutChoices(chosen)).toEqual(address);
  expect(withValues(chosen, "ext", []).values).toEqual({});
});
