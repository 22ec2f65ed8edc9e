import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { everythingIsInView } from "@/testing/near";
import { answersAt, answerTickets, tableAnswer, textAnswer } from "@/testing/preview";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { PackagePage } from "../PackagePage";

const HASH = "a".repeat(64);
const PACKAGE = `${REGISTRY}/api/v1/buckets/lab/packages/amy/wine`;

let files: Record<string, number>;
let contents: Record<string, string>;
let previews: URLSearchParams[];

const revision = {
  top_hash: HASH,
  state: "ready",
  problem: null,
  message: "Tidy",
  user_meta: { region: "Ahr" },
  workflow: null,
  total_entries: 5,
  total_bytes: 500,
  tag: "1785312001",
  pushed_at: "2026-11-29T10:00:00Z",
  author: "amy",
};
const file = (path: string) => ({
  type: "file",
  path,
  size: files[path],
  hash: null,
  meta: {},
  accessible: true,
  is_local: false,
  physical_key: `s3://lab/objects/${path}?versionId=v1`,
});
const directory = (path: string) => ({
  type: "directory",
  path,
  total_entries: 3,
  total_bytes: 30,
  meta: null,
});

beforeAll(everythingIsInView);
afterAll(() => {
  vi.unstubAllGlobals();
});

beforeEach(() => {
  files = { "README.md": 10, "a.csv": 100, "b.json": 50, "plot.png": 80 };
  contents = {};
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ" })),
    http.get(`${REGISTRY}/api/v1/buckets`, () => HttpResponse.json({ items: [], next: null })),
    http.get(PACKAGE, () => HttpResponse.json({ name: "amy/wine", latest: revision, revisions: 1 })),
    http.get(`${PACKAGE}/revisions`, () => HttpResponse.json({ items: [revision], next: null })),
    http.get(`${PACKAGE}/revisions/:reference`, () => HttpResponse.json(revision)),
    http.get(`${PACKAGE}/revisions/:reference/entries`, ({ request }) => {
      const folder = new URL(request.url).searchParams.get("path") ?? "";
      const below = Object.keys(files).filter(path => path.startsWith(folder ? `${folder}/` : ""));
      const names = new Set(
        below.map(path => path.slice(folder ? folder.length + 1 : 0).split("/")[0] ?? ""),
      );
      const items = [...names].map(name => {
        const path = folder ? `${folder}/${name}` : name;
        return path in files ? file(path) : directory(path);
      });
      return HttpResponse.json({ items, next: null });
    }),
    http.get(`${PACKAGE}/revisions/:reference/entry`, ({ request }) => {
      const path = new URL(request.url).searchParams.get("path") ?? "";
      if (path in files) return HttpResponse.json(file(path));
      if (path === "" || Object.keys(files).some(each => each.startsWith(`${path}/`)))
        return HttpResponse.json(directory(path));
      return HttpResponse.json(
        { title: "Not found", status: 404, detail: "There is no such entry." },
        { status: 404 },
      );
    }),
    http.get(`${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/objects/*`, ({ request }) => {
      const path = decodeURIComponent(new URL(request.url).pathname.split("/objects/")[1] ?? "");
      return HttpResponse.text(contents[path] ?? "", { status: 206 });
    }),
  );
  answerTickets();
  previews = answersAt("preview", query => {
    const path = query.get("path") ?? "";
    if (path.endsWith(".csv"))
      return tableAnswer({
        columns: [{ name: "site", type: "text", source_type: "text" }],
        rows: [["Ahr"]],
        total: 1,
      });
    if (path.endsWith(".json")) return textAnswer('{"series": [{"type": "bar"}]}', "json");
    return textAnswer(`# About ${path}\n`, path.endsWith(".md") ? "markdown" : null);
  });
  answersAt("stats", () => ({ columns: [], rows: 1 }));
  answersAt("rows", () => ({ offset: 0, columns: [], rows: [], total: 0 }));
});

function summarize(value: unknown, path = "quilt_summarize.json") {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  files[path] = text.length;
  contents[path] = text;
}

const open = (address: string) =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/packages/:author/:name" element={<PackagePage />} />
      <Route path="/b/:bucket/packages/:author/:name/tree/:reference/*" element={<PackagePage />} />
    </Routes>,
    `/b/lab/packages/amy/wine${address}`,
  );

const current = () =>
  screen.getAllByRole("link").find(each => each.hasAttribute("aria-current"))?.textContent;

test("a package whose author says what is to be seen opens with it, of the revision that is shown", async () => {
  summarize([["README.md", { path: "a.csv", title: "Sites", description: "Of *all* years" }], "missing.csv"]);
  open("");
  const sites = await screen.findByRole("region", { name: "Sites" });
  expect(await within(sites).findByText("all")).toBeTruthy();
  expect(within(sites).getByRole("link", { name: "Sites" }).getAttribute("href")).toBe(
    "/b/lab/packages/amy/wine/tree/latest/a.csv",
  );
  expect(await screen.findByText(/is not in this revision/)).toBeTruthy();
  expect(current()).toBe("Data");
  await waitFor(() => expect(previews.map(each => each.get("path"))).toEqual(["README.md", "a.csv"]));
  expect(new Set(previews.map(each => each.get("revision")))).toEqual(new Set([HASH]));
});

test("a package with tables or pictures opens with what is worth seeing, and its files are one click away", async () => {
  const { user } = open("");
  expect(await screen.findByRole("heading", { name: "About README.md" })).toBeTruthy();
  expect(current()).toBe("Data");
  expect(screen.getByRole("region", { name: "a.csv" })).toBeTruthy();
  expect(within(await screen.findByRole("list", { name: "Pictures" })).getByRole("link").textContent).toBe(
    "plot.png",
  );
  await user.click(screen.getByRole("link", { name: "Files" }));
  expect(await screen.findByRole("table", { name: "Files in amy/wine" })).toBeTruthy();
});

test("a package that has only texts opens with its files", async () => {
  files = { "README.md": 10, "notes.txt": 3, "deep/a.csv": 5 };
  open("");
  expect(await screen.findByRole("table", { name: "Files in amy/wine" })).toBeTruthy();
  expect(current()).toBe("Files");
});

test("where the package itself has nothing, its folders are looked through", async () => {
  files = { "raw/a.csv": 100, "raw/b.bin": 100, "notes.bin": 3 };
  open("/tree/latest/?tab=data");
  expect(await screen.findByRole("region", { name: "a.csv" })).toBeTruthy();
});

test("a package with nothing to see says how to have something", async () => {
  files = { "notes.bin": 3 };
  open("/tree/latest/?tab=data");
  expect(await screen.findByRole("heading", { name: "Nothing to show here" })).toBeTruthy();
  expect(screen.getByRole("link", { name: "All files" }).getAttribute("href")).toBe(
    "/b/lab/packages/amy/wine/tree/latest/?tab=files",
  );
});

test("mistakes are named with their places, and the rest is shown", async () => {
  summarize([{ path: "a.csv", width: "wide" }, { title: "no path" }]);
  open("");
  expect(await screen.findByRole("region", { name: "a.csv" })).toBeTruthy();
  expect(screen.getByText("row 1, width").closest("li")?.textContent).toContain("It must be a ratio");
  expect(screen.getByText("row 2")).toBeTruthy();
});

test("a document that is no JSON says where", async () => {
  summarize('["a.csv",\n "b.csv" "c.csv"]');
  open("");
  expect((await screen.findByText("line 2, column 10")).closest("li")?.textContent).toContain(
    "This is not JSON",
  );
  expect(screen.getByRole("link", { name: "Open quilt_summarize.json" })).toBeTruthy();
});

test("a document that is too large is not read", async () => {
  summarize("[]");
  files["quilt_summarize.json"] = 1_000_000;
  open("");
  expect(await screen.findByText(/at most 262 kB are read/)).toBeTruthy();
});

test("a folder shows its own below its files", async () => {
  files["deep/c.csv"] = 7;
  summarize(["c.csv", "../a.csv"], "deep/quilt_summarize.json");
  open("/tree/latest/deep");
  expect(await screen.findByRole("region", { name: "c.csv" })).toBeTruthy();
  expect(screen.getByRole("region", { name: "a.csv" })).toBeTruthy();
  expect(screen.getByRole("table", { name: "Files in deep" })).toBeTruthy();
});

test("only the first rows are shown at once", async () => {
  for (let index = 0; index < 9; index++) files[`${index}.csv`] = 5;
  summarize(Array.from({ length: 9 }, (_, index) => `${index}.csv`));
  const { user } = open("");
  await user.click(await screen.findByRole("button", { name: "Show more: 2 rows" }));
  expect(await screen.findByRole("region", { name: "8.csv" })).toBeTruthy();
});

test("metadata has a tab of its own", async () => {
  open("/tree/latest/?tab=metadata");
  const tree = await screen.findByRole("group", { name: "Metadata" });
  expect(tree.textContent).toContain("Ahr");
  expect(current()).toBe("Metadata");
});
