import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";
import type { PackageActivity } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { ActivityPage } from "./ActivityPage";

const [HASH, GONE] = ["a".repeat(64), "b".repeat(64)];

const item = (changes: Partial<PackageActivity>): PackageActivity => ({
  kind: "push",
  at: "2026-11-29T10:00:00Z",
  user: "amy",
  through: "client",
  tag: "1785312000",
  top_hash: HASH,
  message: null,
  is_present: true,
  ...changes,
});

test("each line says who did what with which revision, and more comes at a press", async () => {
  const first = [
    item({
      kind: "package_deletion",
      user: "ben",
      through: "registry",
      tag: null,
      top_hash: null,
      is_present: false,
    }),
    item({ kind: "revision_deletion", user: "ben", tag: null, top_hash: GONE, is_present: false }),
    item({ kind: "promotion", through: "registry", message: "Release" }),
  ];
  const second = [
    item({ at: "2026-11-28T10:00:00Z", through: "registry" }),
    item({
      at: "2026-11-28T09:00:00Z",
      user: null,
      through: null,
      top_hash: null,
      tag: null,
      is_present: false,
    }),
  ];
  const base = `${REGISTRY}/api/v1/buckets/lab`;
  const refused = () =>
    HttpResponse.json({ title: "Not found", status: 404, detail: "None" }, { status: 404 });
  server.use(
    http.get(base, () => HttpResponse.json({ name: "lab", title: "The lab", level: "READ" })),
    http.get(`${base}/packages/amy/wine`, refused),
    http.get(`${base}/packages/amy/wine/activity`, ({ request }) =>
      new URL(request.url).searchParams.has("cursor")
        ? HttpResponse.json({ items: second, next: null })
        : HttpResponse.json({ items: first, next: "c1" }),
    ),
  );
  const { user } = renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/packages/:author/:name/activity" element={<ActivityPage />} />
    </Routes>,
    "/b/lab/packages/amy/wine/activity",
  );
  await user.click(await screen.findByRole("button", { name: "Show more" }));
  await screen.findByRole("region", { name: /^Saturday,? 28 November 2026$/ });
  const said = screen
    .getAllByRole("listitem")
    .map(each => each.textContent)
    .filter(text => /pushed|promoted|deleted/.test(text))
    .map(text => text.replace(/\d+ (days|weeks|months|years) ago|yesterday|tag \d+|Changes/g, "").trim());
  expect(said).toEqual(
    [
      "ben deleted the package",
      "ben deleted bbbbbbbb",
      "amy promoted aaaaaaaaRelease",
      "amy pushed aaaaaaaa through the registry",
      "Somebody pushed a revision, deleted since",
    ].map(text => expect.stringContaining(text) as unknown),
  );
  expect(screen.getAllByRole("link", { name: "aaaaaaaa" })[0]?.getAttribute("href")).toBe(
    `/b/lab/packages/amy/wine/tree/${HASH}/`,
  );
});
