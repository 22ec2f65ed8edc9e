import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { BucketsAdminPage } from "./BucketsAdminPage";

const bucket = (name: string) => ({
  name,
  title: name,
  description: null,
  icon_url: null,
  tags: [],
  relevance_score: 0,
  created_at: "2026-11-01T10:00:00Z",
  created_by: null,
});

test("buckets that the instance made itself say what they are for", async () => {
  const items = ["lab", "package", "patchwork-service"].map(bucket);
  server.use(http.get(`${REGISTRY}/api/v1/buckets`, () => HttpResponse.json({ items, next: null })));
  const config = { packageBucket: "package", serviceBucket: "patchwork-service" };
  renderSignedIn(<BucketsAdminPage />, "/admin/buckets", config);
  const rowOf = async (name: string) =>
    within((await screen.findByRole("link", { name })).closest("tr") as HTMLElement);
  expect((await rowOf("package")).getByText("packages of Quilt 2")).toBeTruthy();
  expect((await rowOf("patchwork-service")).getByText("settings of the instance")).toBeTruthy();
  expect((await rowOf("lab")).queryByText(/Quilt 2|of the instance/)).toBeNull();
});
