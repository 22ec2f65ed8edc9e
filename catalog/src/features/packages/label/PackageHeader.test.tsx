import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { Package, Revision } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { CiteDialog } from "../download/CiteDialog";
import { PackageHeader } from "./PackageHeader";

const HASH = "a".repeat(64);
const LATEST: Revision = {
  top_hash: HASH,
  state: "ready",
  problem: null,
  message: "Add March",
  user_meta: { license: "CC-BY-4.0", tags: ["climate"], authors: ["Amy van Dam"] },
  workflow: null,
  total_entries: 6,
  total_bytes: 562_000,
  kinds: { tables: 500_000, images: 62_000, text: 0, arrays: 0, sequences: 0, other: 0 },
};
const ABOUT: Package = {
  bucket: "lab",
  name: "amy/wine",
  modified: "2026-11-29T10:00:00Z",
  revisions: 2,
  title: "Weather stations",
  description: "Hourly temperature.",
  latest: LATEST,
};
const counts = { added: 1, removed: 0, changed: 2, moved: 0, metadata: 0 };

beforeEach(() => {
  const base = `${REGISTRY}/api/v1/buckets/lab`;
  server.use(
    http.get(base, () => HttpResponse.json({ name: "lab", title: "The lab", level: "READ" })),
    http.get(`${base}/packages/amy/wine`, () => HttpResponse.json(ABOUT)),
    http.get(`${base}/packages/amy/wine/revisions/${HASH}`, () => HttpResponse.json(LATEST)),
    http.get(`${base}/packages/amy/wine/revisions`, () =>
      HttpResponse.json({
        items: [
          {
            ...LATEST,
            tag: "1785312001",
            pushed_at: "2026-11-29T10:00:00Z",
            author: "amy",
            changes: { counts },
          },
          {
            ...LATEST,
            top_hash: "b".repeat(64),
            tag: "1785312000",
            pushed_at: "2026-11-28T10:00:00Z",
            changes: null,
          },
        ],
        next: null,
      }),
    ),
  );
});

test("a package is labelled with its title, what it is about, its facts and what its metadata says", async () => {
  renderSignedIn(<PackageHeader bucket="lab" name="amy/wine" about={ABOUT} />);
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Weather stations");
  expect(screen.getByText("Hourly temperature.")).toBeTruthy();
  expect(screen.getByRole("img").getAttribute("aria-label")).toBe("tables 89%, images 11%; 2 revisions");
  expect((await screen.findByText(/by amy/)).textContent).toMatch(/^updated .* by amy$/);
  expect(screen.getByRole("link", { name: "CC-BY-4.0" }).getAttribute("href")).toBe(
    "/search?kind=package&meta%3A%2Flicense=CC-BY-4.0",
  );
  const crumbs = within(screen.getByRole("navigation", { name: "Breadcrumb" }));
  expect((await crumbs.findByRole("link", { name: "The lab" })).getAttribute("href")).toBe("/b/lab");
  expect(crumbs.getByText("amy/wine").getAttribute("aria-current")).toBe("page");
});

test("its history is a seam that leads to the revisions", async () => {
  const { container } = renderSignedIn(<PackageHeader bucket="lab" name="amy/wine" about={ABOUT} />);
  const seam = await screen.findByRole("link", { name: "History: 2 revisions" });
  expect(seam.getAttribute("href")).toBe("/b/lab/packages/amy/wine/revisions");
  expect([...container.querySelectorAll<HTMLElement>("[data-kind]")].map(each => each.dataset.kind)).toEqual([
    "added",
    "changed",
  ]);
});

test("in a folder the heading is the folder's name, and the label has no more than the way there", () => {
  renderSignedIn(<PackageHeader bucket="lab" name="amy/wine" path="data/2026" about={ABOUT} />);
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("2026");
  expect(screen.queryByText("Hourly temperature.")).toBeNull();
});

test("a revision is cited with the people whom its metadata names, and the address of exactly this revision", async () => {
  const { user } = renderSignedIn(
    <CiteDialog bucket="lab" name="amy/wine" topHash={HASH} onClose={() => undefined} />,
    "/",
    { navigator_url: "https://data.example.org" },
  );
  const dialog = within(await screen.findByRole("dialog", { name: "Cite this revision" }));
  await user.click(dialog.getByRole("button", { name: "BibTeX" }));
  const code = (await dialog.findByLabelText("BibTeX")).textContent;
  expect(code).toContain("author = {Dam, Amy van}");
  expect(code).toContain("year = {2026}");
  expect(code).toContain(`url = {https://data.example.org/b/lab/packages/amy/wine/tree/${HASH}/}`);
  expect(dialog.getByRole("button", { name: "Save as wine.bib" })).toBeTruthy();
});
