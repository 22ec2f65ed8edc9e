import { expect, test } from "vitest";
import { parseJson, type JsonObject } from "./json";
import { chipPath, chipsOf } from "./labels";

const chips = (text: string) => chipsOf(parseJson(text) as JsonObject).map(({ key, value }) => [key, value]);

test("status, licence, owner and tags come first, whatever order and case they are written in", () => {
  expect(
    chips('{"tags":["red","white"],"License":"CC-BY-4.0","note":"long","owner":"amy","Status":"released"}'),
  ).toEqual([
    ["Status", "released"],
    ["License", "CC-BY-4.0"],
    ["owner", "amy"],
    ["tags", "red"],
    ["tags", "white"],
  ]);
});

test("long texts, objects and flags are no chips", () => {
  expect(
    chips(`{"status":true,"license":{"name":"MIT"},"owner":"${"x".repeat(60)}","tags":[[1],""]}`),
  ).toEqual([["tags", "1"]]);
  expect(chipsOf(null)).toEqual([]);
});

test("a chip leads to the packages that have the same", () => {
  expect(chipPath({ field: "meta:/qc~1level", key: "qc/level", value: "a b" })).toBe(
    "/search?kind=package&meta%3A%2Fqc%7E1level=a+b",
  );
});
