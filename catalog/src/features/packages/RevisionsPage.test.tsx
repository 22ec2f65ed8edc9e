import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { RevisionsPage } from "./RevisionsPage";

const push = (message: string, tag: string, author: string | null) => ({
  top_hash: tag.slice(-1).repeat(64),
  state: "ready",
  problem: null,
  message,
  user_meta: null,
  workflow: null,
  total_entries: 1,
  total_bytes: 5,
  tag,
  pushed_at: "2026-11-29T10:00:00Z",
  author,
  changes: null,
});

test("each revision names the user who pushed it, or says that they are unknown", async () => {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ" })),
    http.get(`${REGISTRY}/api/v1/buckets/lab/packages/amy/wine`, () =>
      HttpResponse.json({ name: "amy/wine", latest: push("Tidy", "1785312001", "amy"), revisions: 2 }),
    ),
    http.get(`${REGISTRY}/api/v1/buckets/lab/packages/amy/wine/revisions`, () =>
      HttpResponse.json({
        items: [push("Tidy", "1785312001", "amy"), push("Add stations", "1785312000", null)],
        next: null,
      }),
    ),
  );
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/packages/:author/:name/revisions" element={<RevisionsPage />} />
    </Routes>,
    "/b/lab/packages/amy/wine/revisions",
  );
  const row = async (message: string) => (await screen.findByText(message)).closest("tr") as HTMLElement;
  expect(within(await row("Tidy")).getByText("amy")).toBeTruthy();
  expect((await row("Tidy")).textContent).toContain("by amy");
  expect(within(await row("Add stations")).getByText("unknown")).toBeTruthy();
  expect((await row("Add stations")).textContent).toContain("by unknown");
  expect(screen.queryByText("–", { selector: "[title]" })).toBeNull();
});
