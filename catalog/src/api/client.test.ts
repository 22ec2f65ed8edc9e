import { expect, test } from "vitest";
import { search } from "./client";

test("cursors and repeated parameters go into the query as they are; nothing empty does", () => {
  expect(search({ cursor: "a+/=", bucket: ["x", "y"], q: "", kind: null, limit: 30 })).toBe(
    "?cursor=a%2B%2F%3D&bucket=x&bucket=y&limit=30",
  );
  expect(search({})).toBe("");
});
