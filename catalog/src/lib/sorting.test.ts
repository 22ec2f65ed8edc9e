import { expect, test } from "vitest";
import { mainType, readSort, writeSort } from "./sorting";

test.each(["modified", "-size", "meta:/qc/level:number:desc", "meta:/a:b:keyword:asc"])(
  "%s comes back as it was",
  text => {
    const sort = readSort(text);
    expect(sort && writeSort(sort, text.includes("number") ? "number" : "keyword")).toBe(text);
  },
);

test("without an order there is none", () => {
  expect(readSort(null)).toBeNull();
  expect(readSort("")).toBeNull();
});

test("metadata is sorted by the type that most packages have", () => {
  const fields = [
    { field: "meta:/a", type: "keyword", packages: 2 },
    { field: "meta:/a", type: "number", packages: 7 },
    { field: "meta:/b", type: "text", packages: 9 },
  ];
  expect(mainType(fields, "meta:/a")).toBe("number");
  expect(mainType(fields, "meta:/c")).toBeUndefined();
});
