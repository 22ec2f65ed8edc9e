import { expect, test } from "vitest";
import { fieldName, isAnyOf, isBetween, nameContains, typedValue, withWord } from "./clauses";

test("metadata is named by its keys, quoted where a dot or a space would mislead", () => {
  expect(fieldName("ext")).toBe("ext");
  expect(fieldName("meta:/qc/level")).toBe("meta.qc.level");
  expect(fieldName("meta:/a.b/c d")).toBe('meta."a.b"."c d"');
});

test("of several values one is enough, and each is meant exactly", () => {
  expect(isAnyOf("meta:/status", ["released"])).toBe('meta.status:"released"');
  expect(isAnyOf("meta:/qc/level", ["3", "-1.5"])).toBe('meta.qc.level:"3" OR meta.qc.level:"-1.5"');
  expect(isAnyOf("workflow", ['say "hi"'])).toBe('workflow:"say \\"hi\\""');
});

test("bounds are two clauses", () => {
  expect(isBetween("size", { from: "10", to: "20" })).toEqual(["size:>=10", "size:<=20"]);
  expect(isBetween("modified", { from: null, to: "2026-02-28" })).toEqual(["modified:<=2026-02-28"]);
  expect(isBetween("modified", { from: null, to: null })).toEqual([]);
});

test("what is typed into a filter by name is literal", () => {
  expect(nameContains("amy/w*")).toBe("name:*amy/w\\**");
  expect(nameContains("a b:c")).toBe("name:*a\\ b\\:c*");
});

test("only the whole word gives way to another", () => {
  expect(withWord("wnie wnies -Wnie", "wnie", "wine")).toBe("wine wnies -wine");
  expect(withWord("title:wnie$", "wnie", "$&")).toBe("title:$&$");
});

test("an example has quotation marks only where they are needed", () => {
  expect(["released", "v1.0", "red wine", 'a"b'].map(typedValue)).toEqual([
    "released",
    "v1.0",
    '"red wine"',
    '"a\\"b"',
  ]);
});
