import { afterEach, expect, test, vi } from "vitest";
import { S3 } from "@/s3/client";
import { copyObject, MAX_WHOLE_COPY_BYTES } from "./transfer";

const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: null };
const HEADERS = {
  "content-type": "application/x-hdf5",
  "cache-control": "no-transform",
  "content-disposition": 'attachment; filename="plates.h5"',
  "x-amz-meta-helium": '{"user_meta": {"site": "hill"}}',
  "x-amz-meta-owner": "amy",
};

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a copy in parts has the type, the metadata, the tags and the other headers of its object", async () => {
  const asked: { method: string; query: string; headers: Headers }[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const [method, query] = [init.method ?? "GET", new URL(url).search];
    asked.push({ method, query, headers: new Headers(init.headers) });
    if (method === "HEAD") return Promise.resolve(new Response(null, { headers: HEADERS }));
    if (query.includes("tagging"))
      return Promise.resolve(
        new Response("<Tagging><TagSet><Tag><Key>site</Key><Value>hill</Value></Tag></TagSet></Tagging>"),
      );
    return Promise.resolve(
      new Response(
        `<Result xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${query.startsWith("?uploads") ? "<UploadId>u1</UploadId>" : "<ETag>e</ETag>"}</Result>`,
      ),
    );
  });
  const s3 = new S3("http://proxy.test", "us-east-1", { get: () => Promise.resolve(CREDENTIALS) });
  const size = MAX_WHOLE_COPY_BYTES + 1;
  const signal = new AbortController().signal;
  await copyObject(s3, { bucket: "lab", key: "a.h5" }, { bucket: "far", key: "b.h5" }, size, signal);
  const begun = asked.find(({ query }) => query.startsWith("?uploads"))?.headers;
  expect(Object.fromEntries(Object.keys(HEADERS).map(name => [name, begun?.get(name)]))).toEqual(HEADERS);
  expect(begun?.get("x-amz-tagging")).toBe("site=hill");
  const ranges = asked.map(({ headers }) => headers.get("x-amz-copy-source-range")).filter(Boolean);
  expect([ranges.length, ranges.at(-1)]).toEqual([6, `bytes=${size - 1}-${size - 1}`]);
});
