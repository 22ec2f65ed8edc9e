import { expect, test } from "vitest";
import { address, encodeKey, isReachable, parsePhysicalKey, s3Uri } from "./locations";

test("keys are encoded to the byte", () => {
  expect(encodeKey("a b/c+d%e/ü//(f)!*'")).toBe("a%20b/c%2Bd%25e/%C3%BC//%28f%29%21%2A%27");
});

test("buckets that are no single DNS label go into the path", () => {
  expect(address("my.bucket", "k", "eu-west-1")).toEqual({
    host: "s3.eu-west-1.amazonaws.com",
    path: "/my.bucket/k",
  });
});

test.each([
  ["a/../b", false],
  ["./a", false],
  ["..", false],
  ["a..b/.c", true],
  ["...", true],
])("browsers can ask for %s: %s", (key, reachable) => {
  expect(isReachable(key)).toBe(reachable);
});

test("physical keys of manifests are read", () => {
  expect(parsePhysicalKey("s3://bkt/x/a/%C3%A9%20c+d%25.txt?versionId=a%2Bb")).toEqual({
    bucket: "bkt",
    key: "x/a/é c+d%.txt",
    versionId: "a+b",
  });
  expect(parsePhysicalKey("s3://bkt/a%3Fb")).toEqual({ bucket: "bkt", key: "a?b", versionId: null });
  expect(parsePhysicalKey("file:///home/amy/a.txt")).toBeNull();
  expect(parsePhysicalKey("s3://bkt/%zz")).toBeNull();
});

test("locations are written as people write them", () => {
  expect(s3Uri({ bucket: "b", key: "a b", versionId: "v" })).toBe("s3://b/a b?versionId=v");
});
