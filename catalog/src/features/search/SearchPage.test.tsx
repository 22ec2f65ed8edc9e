import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { SearchResults } from "@/api/models";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { SearchPage } from "./SearchPage";

const FIELDS = [
  { field: "meta:/status", path: "/status", type: "keyword", packages: 12 },
  { field: "meta:/qc/level", path: "/qc/level", type: "number", packages: 9 },
  { field: "meta:/about", path: "/about", type: "text", packages: 20 },
];

const PACKAGE = {
  kind: "package",
  bucket: "lab",
  name: "amy/wine",
  pointer: "latest",
  author: "amy",
  workflow: null,
  top_hash: "a".repeat(64),
  modified: "2026-11-01T10:00:00Z",
  message: "The red harvest",
  title: null,
  description: null,
  revisions: 2,
  kinds: null,
  total_entries: 3,
  total_bytes: 4_096,
  score: 1,
  snippet: null,
  matching_entries: ["data/red grapes.csv"],
  meta: { status: "released", qc: { level: 4 } },
  matches: [
    { field: "readme", snippet: "… of red wine from …" },
    { field: "meta:/colour", value: "red" },
    { field: "message", snippet: "The red harvest" },
  ],
} satisfies SearchResults["items"][number];

const OBJECT = {
  kind: "object",
  bucket: "lab",
  key: "data/red.csv",
  version_id: null,
  size: 12,
  modified: "2026-11-02T10:00:00Z",
  meta: {},
  deleted: false,
  score: 1,
  snippet: "colour,red",
  matches: [],
} satisfies SearchResults["items"][number];

const none = { min: null, max: null, buckets: [] };
const keyword = (field: string, values: [string | number, number][]) => ({
  field,
  type: "keyword" as const,
  distinct: values.length,
  complete: true,
  values: values.map(([value, count]) => ({ value, count })),
  ...none,
});

const FACETS = [
  keyword("kind", [
    ["package", 1],
    ["object", 1],
  ]),
  keyword("ext", [
    [".csv", 7],
    [".txt", 2],
  ]),
  keyword("workflow", [["qc", 1]]),
  keyword("meta:/status", [
    ["released", 9],
    ["draft", 3],
  ]),
  keyword("meta:/day", [
    ["2026-01-05", 2],
    ["2026-01-09", 3],
  ]),
  {
    field: "meta:/day",
    type: "datetime" as const,
    distinct: 2,
    complete: true,
    values: [],
    min: Date.UTC(2026, 0, 5) / 1000,
    max: Date.UTC(2026, 0, 9) / 1000,
    buckets: [
      { from: Date.UTC(2026, 0, 5) / 1000, to: Date.UTC(2026, 0, 7) / 1000, count: 2 },
      { from: Date.UTC(2026, 0, 7) / 1000, to: Date.UTC(2026, 0, 9) / 1000, count: 3 },
    ],
  },
  {
    field: "size",
    type: "number" as const,
    distinct: 40,
    complete: false,
    values: [],
    min: 0,
    max: 2_000_000,
    buckets: [
      { from: 0, to: 1_000_000, count: 30 },
      { from: 1_000_000, to: 2_000_000, count: 3 },
    ],
  },
] satisfies SearchResults["facets"];

/** What was asked for, by its own parameters. */
let asked: URLSearchParams[] = [];
const hits = () => asked.filter(query => !query.has("facets"));

function answer(results: Partial<SearchResults> = {}) {
  server.use(
    http.get(`${REGISTRY}/api/v1/search`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const wanted = query.getAll("facets");
      const items = [PACKAGE, OBJECT];
      return HttpResponse.json({
        items,
        total: 12_345,
        total_packages: 345,
        total_objects: 12_000,
        facets: FACETS.filter(facet => wanted.includes(facet.field)),
        as_of: "2026-11-29T20:00:00Z",
        complete: true,
        suggestions: [],
        next: null,
        ...results,
      } satisfies SearchResults);
    }),
  );
}

beforeEach(() => {
  asked = [];
  server.use(
    http.get(`${REGISTRY}/api/v1/search/fields`, () => HttpResponse.json({ items: FIELDS })),
    http.get(`${REGISTRY}/api/v1/buckets`, () =>
      HttpResponse.json({ items: [{ name: "lab", title: "The lab" }], next: null }),
    ),
  );
});

const results = () => within(screen.getByRole("region", { name: "Results" }));
const filters = () => within(screen.getByRole("region", { name: "Filters" }));
const group = (name: string) => within(filters().getByRole("group", { name }));

test("each hit says why it was found, with the words marked", async () => {
  answer();
  renderSignedIn(<SearchPage />, "/search?q=red");
  const hit = await results().findByRole("link", { name: "amy/wine" });
  expect(hit.getAttribute("href")).toBe("/b/lab/packages/amy/wine");
  const reasons = within(results().getByLabelText("Found in"));
  expect(reasons.getAllByRole("term").map(term => term.textContent)).toEqual(["README", "colour"]);
  expect(reasons.getAllByText("red").map(mark => mark.tagName)).toEqual(["MARK", "MARK"]);
  expect(results().getByText("colour,")).toBeTruthy();
  const file = within(results().getByRole("list", { name: "Files found in it" })).getByRole("link");
  expect(file.getAttribute("href")).toBe("/b/lab/packages/amy/wine/tree/latest/data/red%20grapes.csv");
  expect(screen.getByText(/12,345 results: 345 packages and 12,000 files/)).toBeTruthy();
});

test("what was chosen is no reason that needs saying", async () => {
  answer();
  renderSignedIn(<SearchPage />, "/search?q=red&meta%3A%2Fcolour=red");
  await results().findByRole("link", { name: "amy/wine" });
  const reasons = within(results().getByLabelText("Found in"));
  expect(reasons.getAllByRole("term").map(term => term.textContent)).toEqual(["README"]);
});

test("a ticked value narrows the search, stands in the address, and is taken back", async () => {
  answer();
  const { user, address } = renderSignedIn(<SearchPage />, "/search?q=red");
  await user.click(await filters().findByRole("checkbox", { name: /\.csv/ }));
  expect(address()).toBe("/search?q=red&ext=.csv");
  await waitFor(() => expect(hits().at(-1)?.getAll("filter")).toEqual(['ext:".csv"']));
  // The other values of the same field are counted as if nothing were ticked there.
  const ofExtensions = asked.filter(query => query.getAll("facets").join() === "ext");
  expect(ofExtensions.map(query => query.getAll("filter"))).toEqual([[]]);
  expect(group("File extension").getByRole("checkbox", { name: /\.txt/ })).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Remove File extension: .csv" }));
  expect(address()).toBe("/search?q=red");
});

test("metadata that most packages have is offered, and other metadata can be chosen", async () => {
  answer();
  const { user, address } = renderSignedIn(<SearchPage />, "/search");
  await user.click(await filters().findByRole("checkbox", { name: /released/ }));
  await waitFor(() => expect(hits().at(-1)?.getAll("filter")).toEqual(['meta.status:"released"']));
  expect(asked.some(query => query.getAll("facets").includes("meta:/qc/level"))).toBe(true);
  expect(asked.some(query => query.getAll("facets").includes("meta:/about"))).toBe(false);
  await user.click(filters().getByRole("button", { name: "Metadata filters" }));
  const picker = within(await screen.findByRole("dialog", { name: "Filter by metadata" }));
  await user.click(picker.getByRole("checkbox", { name: /about/ }));
  await waitFor(() =>
    expect(new URLSearchParams(address().slice(7)).getAll("facet")).toContain("meta:/about"),
  );
});

test("bounds are typed with units, or taken from the histogram", async () => {
  answer();
  const { user, address } = renderSignedIn(<SearchPage />, "/search");
  await user.type(await filters().findByLabelText("Size from"), "1.5 kB{Enter}");
  expect(address()).toBe("/search?from%3Asize=1500");
  await waitFor(() => expect(hits().at(-1)?.getAll("filter")).toEqual(["size:>=1500"]));
  await user.click(filters().getByRole("button", { name: "1.00 MB to 2.00 MB: 3" }));
  expect(address()).toBe("/search?from%3Asize=1000000&to%3Asize=2000000");
  expect(filters().getByLabelText("Size to")).toHaveProperty("value", "2.00 MB");
  await user.clear(filters().getByLabelText("Size to"));
  await user.type(filters().getByLabelText("Size to"), "large{Enter}");
  expect(filters().getByRole("alert").textContent).toBe("Enter sizes like 10 MB.");
  expect(address()).toBe("/search?from%3Asize=1000000&to%3Asize=2000000");
});

test("days are bounds, not ticks", async () => {
  answer();
  const { user, address } = renderSignedIn(<SearchPage />, "/search?facet=meta%3A%2Fday");
  const first = await filters().findByLabelText("day from");
  expect(first.getAttribute("type")).toBe("date");
  expect(filters().queryByRole("checkbox", { name: /2026-01-05/ })).toBeNull();
  await user.click(group("day").getByRole("button", { name: "7 Jan 2026 to 9 Jan 2026: 3" }));
  expect(address()).toBe(
    "/search?from%3Ameta%3A%2Fday=2026-01-07&to%3Ameta%3A%2Fday=2026-01-09&facet=meta%3A%2Fday",
  );
  await waitFor(() =>
    expect(hits().at(-1)?.getAll("filter")).toEqual(["meta.day:>=2026-01-07", "meta.day:<=2026-01-09"]),
  );
});

test("levels are ticked, but neither sizes nor times, however few they are", async () => {
  const few = { type: "number" as const, distinct: 2, complete: true, min: 1, max: 2, buckets: [] };
  const values = [
    { value: 1, count: 4 },
    { value: 2, count: 5 },
  ];
  answer({
    facets: [
      { field: "meta:/qc/level", ...few, values },
      { field: "size", ...few, values },
      { field: "modified", ...few, type: "datetime", values },
    ],
  });
  renderSignedIn(<SearchPage />, "/search");
  await filters().findByRole("group", { name: "qc.level" });
  expect(group("qc.level").getAllByRole("checkbox")).toHaveLength(2);
  expect(group("Size").queryAllByRole("checkbox")).toEqual([]);
  expect(group("Modified").queryAllByRole("checkbox")).toEqual([]);
  expect(group("Modified").getByLabelText("Modified to")).toBeTruthy();
});

test("a field with one value only is no filter, unless it is chosen", async () => {
  answer();
  const { unmount } = renderSignedIn(<SearchPage />, "/search");
  await filters().findByRole("group", { name: "File extension" });
  expect(filters().queryByRole("group", { name: "Workflow" })).toBeNull();
  unmount();
  renderSignedIn(<SearchPage />, "/search?workflow=gone");
  expect(await filters().findByRole("checkbox", { name: "gone", checked: true })).toBeTruthy();
});

test("chosen metadata is a column of the table, which sorts by it", async () => {
  answer();
  const { user, address } = renderSignedIn(<SearchPage />, "/search?column=meta%3A%2Fqc%2Flevel");
  expect(await results().findByText("qc.level")).toBeTruthy();
  await user.click(results().getByRole("button", { name: "Table" }));
  const table = within(await results().findByRole("table", { name: "Results" }));
  const row = await table.findByRole("row", { name: /amy\/wine/ });
  expect(within(row).getByRole("cell", { name: "4" })).toBeTruthy();
  const heading = table.getByRole("columnheader", { name: "qc.level" });
  await user.click(within(heading).getByRole("button"));
  await waitFor(() => expect(hits().at(-1)?.get("sort")).toBe("meta:/qc/level:number:asc"));
  await user.click(within(table.getByRole("columnheader", { name: "Size" })).getByRole("button"));
  await waitFor(() => expect(hits().at(-1)?.get("sort")).toBe("-size"));
  expect(new URLSearchParams(address().slice(7)).get("view")).toBe("table");
  await user.selectOptions(results().getByLabelText("Sort"), "Name");
  await waitFor(() => expect(hits().at(-1)?.get("sort")).toBe("name"));
});

test("without a hit each word says what it has alone, and what it may have meant", async () => {
  answer({
    items: [],
    total: 0,
    total_packages: 0,
    total_objects: 0,
    facets: [],
    suggestions: [
      { word: "red", count: 240, instead: [] },
      { word: "wnie", count: 0, instead: ["wine", "wines"] },
    ],
  });
  const { user, address } = renderSignedIn(<SearchPage />, "/search?q=red+wnie&ext=.csv");
  const words = within(await screen.findByRole("list", { name: "Each word alone" }));
  expect(words.getAllByRole("listitem").map(item => item.textContent)).toEqual([
    "red 240 hits alone",
    "wnie has no results. Did you mean wine or wines?",
  ]);
  const alone = new URL(
    words.getByRole("link", { name: "240 hits alone" }).getAttribute("href") ?? "",
    REGISTRY,
  );
  expect(alone.searchParams.get("q")).toBe("red");
  expect(screen.getByRole("link", { name: "Search without filters" }).getAttribute("href")).toBe(
    "/search?q=red+wnie",
  );
  await user.click(words.getByRole("link", { name: "wine" }));
  expect(address()).toBe("/search?q=red+wine&ext=.csv");
});

test("an index that is behind says so", async () => {
  answer({ complete: false });
  renderSignedIn(<SearchPage />, "/search?q=red");
  expect(await screen.findByText(/search index is catching up/)).toBeTruthy();
});

test("a query that cannot be read points at the mistake", async () => {
  server.use(
    http.get(`${REGISTRY}/api/v1/search`, () =>
      HttpResponse.json(
        {
          type: "/problems/invalid",
          status: 400,
          detail: "The value is missing after ext:",
          query: "🍷ab ext: red",
          position: 4,
        },
        { status: 400 },
      ),
    ),
  );
  renderSignedIn(<SearchPage />, "/search?q=%F0%9F%8D%B7ab+ext%3A+red");
  expect((await screen.findByRole("alert")).textContent).toBe("The value is missing after ext:");
  const place = screen.getByRole("img", { name: "The mistake is at character 5" });
  expect([...place.children].map(part => part.textContent)).toEqual(["🍷ab ", "ext:", " red"]);
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  const words = screen.getByRole("link", { name: "Search for the words “ab ext red”" });
  expect(words.getAttribute("href")).toBe("/search?q=ab+ext+red");
});

test("a search that fails can be tried again", async () => {
  server.use(
    http.get(`${REGISTRY}/api/v1/search`, () => HttpResponse.json({ detail: "Too slow" }, { status: 503 })),
  );
  const { user } = renderSignedIn(<SearchPage />, "/search?q=red");
  const again = await results().findByRole("button", { name: "Try again" });
  answer();
  await user.click(again);
  expect(await results().findByRole("link", { name: "amy/wine" })).toBeTruthy();
});

test("more results come when wanted", async () => {
  answer({ next: "more" });
  const { user } = renderSignedIn(<SearchPage />, "/search?q=red");
  const more = await screen.findByRole("button", { name: "More results" });
  answer({ items: [{ ...OBJECT, key: "data/last.csv" }] });
  await user.click(more);
  expect(await results().findByRole("link", { name: /last\.csv/ })).toBeTruthy();
  expect(asked.at(-1)?.get("cursor")).toBe("more");
});

test("an empty search offers examples that find something, and help", async () => {
  answer();
  const { user } = renderSignedIn(<SearchPage />, "/search");
  const example = await screen.findByRole("link", { name: "meta.status:released" });
  expect(example.getAttribute("href")).toBe("/search?q=meta.status%3Areleased");
  expect(screen.getByRole("link", { name: "*.csv" })).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Search help" }));
  expect(await screen.findByRole("dialog", { name: "What you can type" })).toBeTruthy();
});

test("with earlier revisions a hit leads to the one that was found", async () => {
  answer();
  const { user } = renderSignedIn(<SearchPage />, "/search?q=red");
  await user.click(await filters().findByRole("checkbox", { name: "Earlier revisions, too" }));
  await waitFor(() => expect(hits().at(-1)?.get("revisions")).toBe("all"));
  const hit = await results().findByRole("link", { name: "amy/wine" });
  await waitFor(() =>
    expect(hit.getAttribute("href")).toBe(`/b/lab/packages/amy/wine/tree/${"a".repeat(64)}/`),
  );
});
