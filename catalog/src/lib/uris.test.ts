import { describe, expect, it } from "vitest";
import { formatUri, isUri } from "./uris";

describe("Quilt+ URIs", () => {
  it("name the latest revision, or exactly one", () => {
    expect(formatUri({ bucket: "b", name: "amy/wine", topHash: null })).toBe("quilt+s3://b#package=amy/wine");
    expect(formatUri({ bucket: "b", name: "amy/wine", topHash: "ab" })).toBe(
      "quilt+s3://b#package=amy/wine@ab",
    );
  });
  it("encode paths whole", () => {
    expect(formatUri({ bucket: "b", name: "a/w", topHash: null, path: "a b/c&d+é" })).toBe(
      "quilt+s3://b#package=a/w&path=a%20b%2Fc%26d%2B%C3%A9",
    );
  });
  it("are told from words", () => {
    expect(isUri(" QUILT+S3://b#package=a/b")).toBe(true);
    expect(isUri("quilt+s3")).toBe(false);
  });
});
