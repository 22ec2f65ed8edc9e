import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";
import { editorOf, writeText } from "@/testing/editor";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { PreferencesPage } from "./PreferencesPage";

const BUCKET = `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com`;
const KEY = ".quilt/catalog/config.yaml";

test("preferences that are saved replace those that were read, and the page says so", async () => {
  let stored = "ui:\n  nav:\n    files: True\n";
  const conditions: (string | null)[] = [];
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.get(`${BUCKET}/`, () =>
      HttpResponse.xml(
        `<ListBucketResult><Contents><Key>${KEY}</Key><Size>5</Size><LastModified>2026-11-29T10:00:00Z</LastModified></Contents></ListBucketResult>`,
      ),
    ),
    http.get(`${BUCKET}/${KEY}`, () => new HttpResponse(stored, { headers: { ETag: `"${stored.length}"` } })),
    http.put(`${BUCKET}/${KEY}`, async ({ request }) => {
      conditions.push(request.headers.get("if-match"));
      stored = await request.text();
      return new HttpResponse(null, { headers: { ETag: `"${stored.length}"` } });
    }),
  );
  const { user } = renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/preferences" element={<PreferencesPage />} />
    </Routes>,
    "/b/lab/preferences",
  );
  const before = stored.length;
  await writeText("Preferences", "ui:\n  nav:\n    files: False\n    cellar: True\n");
  expect(await screen.findByText("ui.nav.cellar is not known.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Saved.")).toBeTruthy();
  await waitFor(() => expect(stored).toContain("files: False"));
  expect(conditions).toEqual([`"${before}"`]);
});

test("the editor in which preferences are first written stays, and saves their next version", async () => {
  let stored: string | null = null;
  const conditions: (string | null)[] = [];
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.get(`${BUCKET}/`, () =>
      HttpResponse.xml(
        `<ListBucketResult>${stored === null ? "" : `<Contents><Key>${KEY}</Key><Size>5</Size></Contents>`}</ListBucketResult>`,
      ),
    ),
    http.put(`${BUCKET}/${KEY}`, async ({ request }) => {
      conditions.push(request.headers.get("if-match") ?? request.headers.get("if-none-match"));
      stored = await request.text();
      return new HttpResponse(null, { headers: { ETag: `"${stored.length}"` } });
    }),
  );
  server.use(
    http.get(`${BUCKET}/${KEY}`, () =>
      HttpResponse.xml("<Error><Code>NoSuchTagSet</Code></Error>", { status: 404 }),
    ),
  );
  const { user } = renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/preferences" element={<PreferencesPage />} />
    </Routes>,
    "/b/lab/preferences",
  );
  await writeText("Preferences", "ui: {}\n");
  const editor = await editorOf("Preferences");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Saved.")).toBeTruthy();
  expect(await editorOf("Preferences")).toBe(editor);
  await writeText("Preferences", "ui: {nav: {}}\n");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(conditions).toEqual(["*", '"7"']));
});
