import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { Completeness } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { CompletenessPanel } from "./CompletenessPanel";

const same = (count: number) => ({ in_s3: { count, digest: "ab" }, in_index: { count, digest: "ab" } });

const WHOLE: Completeness = {
  bucket: "lab",
  compared_up_to: "2026-11-01T10:00:00Z",
  compared_at: "2026-11-01T10:00:00Z",
  parts: 12,
  parts_not_compared: 0,
  parts_suspected: 0,
  objects: same(120_000),
  pointers: same(7),
  manifests: same(3),
  differing: 0,
  unread_objects: 0,
  inventory: null,
  problems: 0,
};

function render(found: Partial<Completeness>) {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab/completeness`, () => HttpResponse.json({ ...WHOLE, ...found })),
  );
  renderSignedIn(<CompletenessPanel bucket="lab" />);
}

test("a bucket whose index has everything says so, with one number for both sides", async () => {
  render({});
  await screen.findByText("Everything in the bucket is in the index.");
  expect(screen.getByText("120,000")).toBeTruthy();
});

test("a report of S3 Inventory that cannot be read says why", async () => {
  const problem = "The reports lack ETag";
  render({ inventory: { url: "s3://reports/a/lab/daily", reported_at: null, problem } });
  expect(await screen.findByText(problem)).toBeTruthy();
});

test("a bucket that is compared for the first time shows how far that is", async () => {
  render({ parts_not_compared: 5 });
  await screen.findByText("The bucket is being compared with the index: 7 of 12 parts done.");
});

test("keys that differ are counted, with the numbers of both sides", async () => {
  render({
    differing: 1,
    objects: { in_s3: { count: 10, digest: "ab" }, in_index: { count: 9, digest: "cd" } },
  });
  await screen.findByText(/1 key of the bucket could not be brought into the index/);
  expect(screen.getByText("10 in S3, 9 in the index")).toBeTruthy();
});

test("problems lead to their page", async () => {
  render({ problems: 2 });
  const link = await screen.findByRole("link", { name: "2 revisions" });
  expect(link.getAttribute("href")).toContain("/problems");
});
