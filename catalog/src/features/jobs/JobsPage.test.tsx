import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { JobsPage } from "./JobsPage";

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const RESULT = {
  bucket: "lab",
  name: "amy/plate",
  top_hash: "ab".repeat(32),
  total_entries: 3,
  is_latest: true,
};

const job = (id: string, changes: object) => ({
  id,
  kind: "patch",
  bucket: "lab",
  name: `amy/${id}`,
  owner: "amy",
  cancelling: false,
  progress: null,
  result: null,
  problem: null,
  created_at: minutesAgo(9),
  started_at: minutesAgo(9),
  finished_at: null,
  ...changes,
});

test("a job says when it finished or started, in words with one meaning", async () => {
  const items = [
    job("plate", { state: "done", finished_at: minutesAgo(4), result: RESULT }),
    job("wine", { state: "running" }),
  ];
  server.use(http.get(`${REGISTRY}/api/v1/jobs`, () => HttpResponse.json({ items, next: null })));
  renderSignedIn(<JobsPage />, "/jobs");
  const line = async (name: string) => (await screen.findByRole("link", { name })).closest("p")?.textContent;
  expect(await line("amy/plate")).toBe("amy/plate · finished 4 minutes ago");
  expect(await line("amy/wine")).toBe("amy/wine · started 9 minutes ago");
});
