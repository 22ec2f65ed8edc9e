import { screen, waitFor, within } from "@testing-library/react";
import { delay, http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { PackagesPage } from "./PackagesPage";

const LISTED = {
  bucket: "lab",
  top_hash: "a".repeat(64),
  modified: "2026-11-01T10:00:00Z",
  message: "First",
  total_entries: 3,
  total_bytes: 4_096,
};
const LISTING = [
  { ...LISTED, name: "amy/broken", revisions: 2, state: "corrupt" },
  { ...LISTED, name: "amy/wine", revisions: 7, state: "ready" },
];
const HIT = {
  ...LISTED,
  kind: "package",
  name: "amy/wine",
  score: 1,
  meta: { qc: { level: 4 } },
  matches: [],
};

let searches: URLSearchParams[] = [];
const sorted = () => searches.filter(query => query.has("sort"));

function serveSearch(answer: Record<string, unknown> = {}) {
  server.use(
    http.get(`${REGISTRY}/api/v1/search`, ({ request }) => {
      searches.push(new URL(request.url).searchParams);
      const empty = {
        facets: [],
        suggestions: [],
        complete: true,
        as_of: "2026-11-29T20:00:00Z",
        next: null,
      };
      return HttpResponse.json({ items: [HIT], total: 310, total_packages: 310, ...empty, ...answer });
    }),
  );
}

/** With a next page, the list is never whole: that page does not come. */
function serveListing(items: unknown[], next: string | null = null) {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab/packages`, async ({ request }) => {
      if (new URL(request.url).searchParams.has("cursor")) await delay("infinite");
      return HttpResponse.json({ items, next });
    }),
  );
}

beforeEach(() => {
  searches = [];
  serveSearch();
  serveListing(LISTING, "more");
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ" })),
    http.get(`${REGISTRY}/api/v1/search/fields`, () =>
      HttpResponse.json({
        items: [{ field: "meta:/qc/level", path: "/qc/level", type: "number", packages: 9 }],
      }),
    ),
  );
});

const show = (query = "") =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/packages" element={<PackagesPage />} />
    </Routes>,
    `/b/lab/packages${query}`,
  );

test("packages are listed by name, with their state, pushes and exact number", async () => {
  show();
  const broken = await screen.findByRole("row", { name: /amy\/broken/ });
  expect(within(broken).getByText("corrupt")).toBeTruthy();
  expect(
    within(screen.getByRole("row", { name: /amy\/wine/ })).getByRole("cell", { name: "7" }),
  ).toBeTruthy();
  expect(await screen.findByText("310 packages")).toBeTruthy();
  expect(screen.getByRole("columnheader", { name: "Package" }).getAttribute("aria-sort")).toBe("ascending");
  expect(sorted()).toEqual([]);
});

test("a list that is whole counts what cannot be searched, too", async () => {
  serveListing(LISTING);
  serveSearch({ total: 1 });
  show();
  expect(await screen.findByText("2 packages")).toBeTruthy();
});

test("another order comes from the search, and stands in the address", async () => {
  const { user, address } = show("?filter=wi");
  await user.click(await screen.findByRole("button", { name: "Updated" }));
  expect(address()).toBe("/b/lab/packages?filter=wi&sort=-modified");
  await waitFor(() => expect(sorted().at(-1)?.get("sort")).toBe("-modified"));
  expect(sorted().at(-1)?.getAll("filter")).toEqual(["name:*wi*"]);
  expect(sorted().at(-1)?.get("kind")).toBe("package");
  await waitFor(() => expect(screen.queryByText("amy/broken")).toBeNull());
  await user.selectOptions(screen.getByLabelText("Sort"), "Name");
  expect(address()).toBe("/b/lab/packages?filter=wi");
  expect(await screen.findByText("amy/broken")).toBeTruthy();
});

test("metadata is chosen as columns, by which one can sort", async () => {
  const { user, address } = show();
  await user.click(await screen.findByRole("button", { name: "Columns" }));
  await user.click(await screen.findByRole("checkbox", { name: /qc\.level/ }));
  await user.keyboard("{Escape}");
  const heading = await screen.findByRole("columnheader", { name: "qc.level" });
  expect(await screen.findByRole("cell", { name: "4" })).toBeTruthy();
  await user.click(within(heading).getByRole("button"));
  await waitFor(() => expect(sorted().at(-1)?.get("sort")).toBe("meta:/qc/level:number:asc"));
  expect(address()).toContain("column=meta%3A%2Fqc%2Flevel");
});

test("while the search index is filled, the list is by name and says so", async () => {
  serveSearch({ complete: false });
  show("?sort=-size&column=meta%3A%2Fqc%2Flevel");
  expect(await screen.findByText(/is catching up\. Here they are by name\./)).toBeTruthy();
  expect(await screen.findByText("amy/broken")).toBeTruthy();
  expect(screen.queryByRole("columnheader", { name: "qc.level" })).toBeNull();
  expect(screen.queryByText("310 packages")).toBeNull();
});

test("an order that the search refuses leaves the list by name", async () => {
  server.use(
    http.get(`${REGISTRY}/api/v1/search`, () =>
      HttpResponse.json({ detail: "Cannot sort by message, which is text" }, { status: 400 }),
    ),
  );
  show("?sort=message");
  expect(await screen.findByText(/Cannot sort by message.* Here they are by name\./)).toBeTruthy();
  expect(await screen.findByText("amy/wine")).toBeTruthy();
});

test("a filter without a package says so", async () => {
  serveListing([]);
  serveSearch({ items: [], total: 0 });
  const { user, address } = show();
  await user.type(await screen.findByRole("searchbox", { name: "Filter by name" }), "no");
  expect(await screen.findByText("No package name here contains “no”.")).toBeTruthy();
  expect(address()).toBe("/b/lab/packages?filter=no");
});
