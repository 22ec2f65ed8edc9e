import { fireEvent, screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { StatusPage } from "./StatusPage";

const INDEX = {
  backend: "engine",
  state: "loading",
  is_running: true,
  lag_seconds: 12.34,
  position: 81_000,
  head: 81_234,
  documents: 79_985,
  bytes_on_disk: 61_200_000,
  snapshot_at: null,
  problem: null,
};

const RUN = {
  id: "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55",
  started_at: "2026-11-30T09:00:00Z",
  recorded_at: "2026-11-30T09:00:04Z",
  seconds: 3.41,
  passed: false,
  versions: { installation: "0.1.0" },
  steps: [
    { name: "sign-in", outcome: "passed", seconds: 0.31, reason: "" },
    { name: "push", outcome: "failed", seconds: 2.5, reason: "The job is failed" },
    { name: "list", outcome: "skipped", seconds: 0, reason: "" },
  ],
};

function answerCanary(items: object[]) {
  return http.get(`${REGISTRY}/api/v1/canary/runs`, () => HttpResponse.json({ items, next: null }));
}

async function indexPanel(index: object) {
  server.use(
    answerCanary([]),
    http.get(`${REGISTRY}/healthz`, () => HttpResponse.json({ status: "ok", checks: { registry: "ok" } })),
    http.get(`${REGISTRY}/api/v1/search/index`, () => HttpResponse.json(index)),
  );
  renderSignedIn(<StatusPage />);
  return within(await screen.findByRole("region", { name: "Search index" }));
}

test("the status page says how far the search index is behind, where it is, and how large", async () => {
  const panel = await indexPanel(INDEX);
  expect(panel.getByText("loading")).toBeTruthy();
  expect(panel.getByText("12.3 s")).toBeTruthy();
  expect(panel.getByText(/81,000 of 81,234/)).toBeTruthy();
  expect(panel.getByText("79,985 documents")).toBeTruthy();
});

test("the status page says why an index waits, and that none is kept", async () => {
  const panel = await indexPanel({
    ...INDEX,
    state: "waiting",
    is_running: false,
    lag_seconds: null,
    problem: "Postgres does not answer",
  });
  expect(panel.getByText("not running")).toBeTruthy();
  expect(panel.getByText("Postgres does not answer")).toBeTruthy();
  expect(panel.getByText("unknown")).toBeTruthy();
});

test("the status page shows the newest run of the canary step by step, and saves the signed report", async () => {
  let asked = 0;
  server.use(
    answerCanary([RUN]),
    http.get(`${REGISTRY}/healthz`, () => HttpResponse.json({ status: "ok", checks: {} })),
    http.get(`${REGISTRY}/api/v1/search/index`, () => HttpResponse.json(INDEX)),
    http.get(`${REGISTRY}/api/v1/canary/report`, () => {
      asked += 1;
      return HttpResponse.json(
        { type: "/problems/unavailable", title: "", detail: "auth is away" },
        { status: 503 },
      );
    }),
  );
  renderSignedIn(<StatusPage />);
  const panel = within(await screen.findByRole("region", { name: "Canary" }));
  expect(panel.getByText("passed 0.31 s")).toBeTruthy();
  expect(panel.getByText("The job is failed")).toBeTruthy();
  expect(panel.getByText("skipped")).toBeTruthy();
  expect(within(panel.getByRole("table")).getByText("push")).toBeTruthy();
  fireEvent.click(panel.getByRole("button", { name: "Signed report" }));
  expect(await screen.findByText(/auth is away/)).toBeTruthy();
  expect(asked).toBe(1);
});

test("the status page says that no canary has run", async () => {
  await indexPanel(INDEX);
  expect(await screen.findByText(/No run was recorded/)).toBeTruthy();
});
