import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { BucketInsightPage } from "./BucketInsightPage";

const KINDS = { tables: 900, images: 100, text: 0, arrays: 0, sequences: 0, other: 0 };
const GROWTH = {
  as_of: "2026-11-30T09:00:00Z",
  period: "month",
  points: [
    { start: "2026-03-01", pushes: 2, total_bytes: 400, total_entries: 4, packages: 1 },
    { start: "2026-04-01", pushes: 0, total_bytes: 400, total_entries: 4, packages: 1 },
    { start: "2026-05-01", pushes: 3, total_bytes: 1000, total_entries: 9, packages: 2 },
  ],
  pushes: 5,
  pushers: [
    { user: "amy", pushes: 4, last_pushed_at: "2026-11-29T09:00:00Z" },
    { user: null, pushes: 1, last_pushed_at: "2026-09-02T09:00:00Z" },
  ],
  largest: [{ name: "amy/wine", total_bytes: 700, pushes: 4 }],
  packages: 2,
  total_bytes: 1000,
  total_entries: 9,
  kinds: KINDS,
};

function show(...answers: object[]) {
  let asked = 0;
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/wine`, () =>
      HttpResponse.json({ name: "wine", title: "Wine", tags: [], level: "READ" }),
    ),
    http.get(`${REGISTRY}/api/v1/buckets/wine/insight`, () =>
      HttpResponse.json({
        bucket: "wine",
        growth: answers[Math.min(asked++, answers.length - 1)],
        uses: [{ kind: "preview", total: 7, weeks: [3, 4] }],
        reads_counted_since: null,
      }),
    ),
  );
  return renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/insight" element={<BucketInsightPage />} />
    </Routes>,
    "/b/wine/insight",
  );
}

test("the insight of a bucket draws its growth, and has the same numbers as a table", async () => {
  const { user } = show(GROWTH);
  expect(
    await screen.findByRole("img", { name: "Size from Mar 2026 to May 2026: first 400 B, last 1.00 kB" }),
  ).toBeTruthy();
  const pushes = screen.getByRole("img", {
    name: "5 pushes from Mar 2026 to May 2026; the most, 3, in May 2026",
  });
  expect(pushes.querySelectorAll("rect")).toHaveLength(2);
  await user.click(screen.getByText("As a table"));
  const rows = within(screen.getByRole("table", { name: "Growth" })).getAllByRole("row");
  expect(rows.map(row => row.textContent)).toEqual([
    "TimePushesSize at its endFiles at its end",
    "May 202631.00 kB9",
    "Mar 20262400 B4",
  ]);
});

test("the insight of a bucket names those who push most, the largest packages, and how often they are used", async () => {
  show(GROWTH);
  const pushers = within(await screen.findByRole("table", { name: "Those who push most" }));
  expect(pushers.getAllByRole("rowheader").map(cell => cell.textContent)).toEqual(["amy", "unknown"]);
  const largest = within(screen.getByRole("table", { name: "Largest packages" }));
  expect(largest.getByRole("link", { name: "amy/wine" }).getAttribute("href")).toBe(
    "/b/wine/packages/amy/wine",
  );
  expect(screen.getByText("7 previews in all")).toBeTruthy();
  expect(screen.getByText("not counted")).toBeTruthy();
  expect(screen.getByText("tables").parentElement?.textContent).toBe("tables900 B");
});

test("a bucket that is being added up is asked for again until that is done", async () => {
  show(null as unknown as object, GROWTH);
  expect(await screen.findByText("Adding up the packages…")).toBeTruthy();
  expect(await screen.findByRole("table", { name: "Largest packages" }, { timeout: 5_000 })).toBeTruthy();
});

test("a bucket without packages says what will be here", async () => {
  show({ ...GROWTH, packages: 0, points: [], pushers: [], largest: [] });
  expect(await screen.findByText("No packages yet")).toBeTruthy();
});
