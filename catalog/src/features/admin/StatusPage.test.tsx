import { screen, within } from "@testing-library/react";
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

async function indexPanel(index: object) {
  server.use(
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
