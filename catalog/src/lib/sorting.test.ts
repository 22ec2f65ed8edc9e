import { expect, test } from "vitest";
import { metadataOrders, readSort, writeSort } from "./sorting";

const FIELDS = [
  { field: "meta:/a", type: "keyword", packages: 2 },
  { field: "meta:/a", type: "number", packages: 7 },
  { field: "meta:/a", type: "text", packages: 9 },
  { field: "meta:/day", type: "keyword", packages: 4 },
  { field: "meta:/day", type: "datetime", packages: 4 },
];

test.each(["modified", "-size", "meta:/a:number:desc", "meta:/b:c/d:keyword:asc"])(
  "%s comes back as it was",
  text => {
    const sort = readSort(text);
    expect(sort && writeSort(sort, FIELDS)).toBe(text);
  },
);

test("without an order there is none", () => {
  expect(readSort(null)).toBeNull();
  expect(readSort("")).toBeNull();
});

test("metadata is sorted both ways, by the type that most packages have", () => {
  expect(writeSort({ field: "meta:/day", descending: false }, FIELDS)).toBe("meta:/day:datetime:asc");
  expect(metadataOrders(["meta:/a"], FIELDS)).toEqual([
    ["meta:/a:number:asc", "a, rising"],
    ["meta:/a:number:desc", "a, falling"],
  ]);
});
