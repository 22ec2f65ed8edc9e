import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { HomePage } from "./HomePage";

const found = (name: string, changes: Record<string, unknown> = {}) => ({
  kind: "package",
  bucket: "lab",
  name,
  pointer: "latest",
  top_hash: "a".repeat(64),
  modified: "2026-11-29T10:00:00Z",
  author: "amy",
  message: "First",
  title: null,
  description: null,
  revisions: 3,
  total_entries: 2,
  total_bytes: 2_000,
  kinds: { tables: 2_000, images: 0, text: 0, arrays: 0, sequences: 0, other: 0 },
  meta: {},
  matches: [],
  matching_entries: [],
  ...changes,
});

let packages: ReturnType<typeof found>[] = [];
let own: ReturnType<typeof found>[] = [];
let asked: URLSearchParams[] = [];

function serve({ level = "READ_WRITE", isStaff = false, buckets = 1 } = {}) {
  const items = [{ name: "lab", title: "The lab", level }].slice(0, buckets);
  server.use(
    http.get(`${REGISTRY}/api/me`, () => HttpResponse.json({ current_user: "amy", is_staff: isStaff })),
    http.get(`${REGISTRY}/api/v1/buckets`, () => HttpResponse.json({ items, next: null })),
    http.get(`${REGISTRY}/api/v1/bucket-totals`, () =>
      HttpResponse.json({
        items: packages.length
          ? [{ bucket: "lab", packages: packages.length, total_bytes: 2_000, kinds: packages[0]?.kinds }]
          : [],
      }),
    ),
    http.get(`${REGISTRY}/api/v1/search/fields`, () =>
      HttpResponse.json({
        items: [
          { field: "meta:/note", path: "/note", type: "text", packages: 9 },
          { field: "meta:/status", path: "/status", type: "keyword", packages: 5 },
        ],
      }),
    ),
    http.get(`${REGISTRY}/api/v1/search`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const facets = query.getAll("facets").map(field => ({
        field,
        type: "keyword",
        values: [{ value: "released", count: 4 }],
      }));
      const filter = query.get("filter") ?? "";
      const shown = filter.startsWith("author") ? own : packages;
      return HttpResponse.json({ items: shown, next: null, total: shown.length, complete: true, facets });
    }),
  );
}

beforeEach(() => {
  asked = [];
  packages = [
    found("amy/wine", { title: "Wines", meta: { license: "MIT" } }),
    found("ben/beer", { author: "ben" }),
  ];
  own = packages.slice(0, 1);
  localStorage.clear();
});

test("recent packages are labels, one's own come before, and buckets say what they hold", async () => {
  serve();
  renderSignedIn(<HomePage />);
  const recent = within(await screen.findByRole("region", { name: "Recently updated" }));
  expect((await recent.findAllByRole("link")).map(each => each.getAttribute("href"))).toEqual([
    "/b/lab/packages/amy/wine",
    "/b/lab/packages/ben/beer",
  ]);
  expect(recent.getByRole("heading", { name: "Wines" })).toBeTruthy();
  expect(recent.getByText("MIT")).toBeTruthy();
  const yours = within(await screen.findByRole("region", { name: "Yours" }));
  expect(yours.getAllByRole("link").length).toBe(1);
  expect(asked.some(query => query.get("filter") === 'author:"amy"')).toBe(true);
  const rail = within(screen.getByRole("region", { name: "Buckets" }));
  expect((await rail.findByRole("link", { name: /The lab/ })).textContent).toContain("2 packages, 2.00 kB");
  expect(screen.queryByText(/Three steps/)).toBeNull();
});

test("bookmarked packages come first", async () => {
  serve();
  const items = [
    { bucket: "lab", package: "ben/beer", path: "" },
    { bucket: "lab", package: "ben/beer", path: "a.csv" },
    { bucket: "gone", package: "x/y", path: "" },
  ];
  server.use(http.get(`${REGISTRY}/api/v1/bookmarks`, () => HttpResponse.json({ items })));
  renderSignedIn(<HomePage />);
  const kept = within(await screen.findByRole("region", { name: "Bookmarked" }));
  expect(kept.getAllByRole("link").map(each => each.textContent)).toEqual(["ben/beer"]);
});

test("examples are made from metadata that packages have, and lead to those packages", async () => {
  serve();
  renderSignedIn(<HomePage />);
  const example = await screen.findByRole("link", { name: "status released" });
  expect(example.getAttribute("href")).toBe("/search?kind=package&meta%3A%2Fstatus=released");
});

test("words lead to the search", async () => {
  serve();
  const { user, address } = renderSignedIn(<HomePage />);
  await user.type(screen.getByRole("searchbox"), "riesling{Enter}");
  await waitFor(() => expect(address()).toBe("/search?q=riesling"));
});

test.each([
  [
    "administrators without a bucket register one",
    { isStaff: true, buckets: 0 },
    0,
    "Register a bucket",
    "/admin/buckets",
  ],
  ["who writes to an empty bucket pushes files", {}, 0, "Push files", "/b/lab/packages/new"],
  ["administrators share the first package", { isStaff: true }, 1, "Invite people", "/admin/people"],
])("first steps: %s", async (_, given, count, label, to) => {
  packages = packages.slice(0, count);
  own = [];
  serve(given);
  renderSignedIn(<HomePage />);
  expect((await screen.findByRole("link", { name: label })).getAttribute("href")).toBe(to);
});

test.each([
  [{ buckets: 0 }, /Ask an administrator/],
  [{ level: "READ" }, /Your role reads, but does not write here/],
])("who can do nothing by themselves is told whom to ask: %o", async (given, text) => {
  packages = [];
  own = [];
  serve(given);
  renderSignedIn(<HomePage />);
  expect(await screen.findByText(text)).toBeTruthy();
  expect(screen.queryByRole("link", { name: "Push files" })).toBeNull();
});
