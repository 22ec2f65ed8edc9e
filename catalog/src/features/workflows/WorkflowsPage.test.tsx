import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { WorkflowsPage } from "./WorkflowsPage";

const CONFIG = "s3://lab/.quilt/workflows/config.yml?versionId=v1";
const REVIEWED = {
  id: "reviewed",
  name: "Reviewed data",
  description: null,
  handle_pattern: null,
  metadata_schema: "harvest",
  entries_schema: null,
  is_message_required: true,
};

function open(answer: object, status = 200) {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.get(`${REGISTRY}/api/v1/buckets/lab/workflows`, () => HttpResponse.json(answer, { status })),
  );
  return renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/workflows" element={<WorkflowsPage />} />
    </Routes>,
    "/b/lab/workflows",
  );
}

const workflows = (problems: string[]) => ({
  config: CONFIG,
  required: true,
  default: "reviewed",
  workflows: [REVIEWED],
  schemas: [{ id: "harvest", url: "s3://lab/harvest.json" }],
  successors: [],
  problems,
});

test("a configuration whose schema does not exist says so above its workflows", async () => {
  open(workflows(["Schema 'harvest' does not exist: s3://lab/harvest.json"]));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("Pushes that need it are refused");
  expect(within(alert).getByRole("listitem").textContent).toBe(
    "Schema 'harvest' does not exist: s3://lab/harvest.json",
  );
  expect(screen.getByRole("heading", { name: "Reviewed data" })).toBeTruthy();
});

test("a configuration that works has no alert", async () => {
  open(workflows([]));
  expect(await screen.findByRole("heading", { name: "Reviewed data" })).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a configuration that cannot be read says why", async () => {
  open({ type: "/problems/workflows_broken", status: 409, detail: "config.yml: line 3: no YAML" }, 409);
  expect((await screen.findByRole("alert")).textContent).toContain("config.yml: line 3: no YAML");
  expect(screen.getByRole("link", { name: "Configuration" }).getAttribute("href")).toBe(
    "/b/lab/tree/.quilt/workflows/config.yml",
  );
});
