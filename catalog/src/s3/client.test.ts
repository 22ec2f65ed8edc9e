import { afterEach, expect, test, vi } from "vitest";
import { S3 } from "./client";

const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: null };

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each([
  ["v1", "default"],
  [null, "no-store"],
])("of version %s, the browser's cache is used by %s", async (versionId, cache) => {
  const asked: RequestInit[] = [];
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    asked.push(init);
    return Promise.resolve(
      new Response("text", { status: 206, headers: { "content-range": "bytes 0-3/4" } }),
    );
  });
  const s3 = new S3("http://proxy.test", "us-east-1", { get: () => Promise.resolve(CREDENTIALS) });
  const slice = await s3.head({ bucket: "lab", key: "a.txt", versionId }, 100);
  expect([slice.size, slice.complete, asked.map(init => init.cache)]).toEqual([4, true, [cache]]);
});

test.each([
  ["plots/stocks.SVG", undefined, "image/svg+xml", null],
  ["plots/stocks.svg", "stocks.svg", null, "attachment; filename*=UTF-8''stocks.svg"],
  ["page.html", undefined, null, null],
])("a link to %s, saved as %s, asks for the type %s", async (key, as, type, disposition) => {
  const s3 = new S3("http://proxy.test", "us-east-1", { get: () => Promise.resolve(CREDENTIALS) });
  const { searchParams } = new URL(await s3.link({ bucket: "lab", key }, as));
  expect(searchParams.get("response-content-type")).toBe(type);
  expect(searchParams.get("response-content-disposition")).toBe(disposition);
});
