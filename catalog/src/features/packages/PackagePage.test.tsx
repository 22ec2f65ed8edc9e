import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { answersAt, textAnswer } from "@/testing/preview";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { PackagePage } from "./PackagePage";

const [NOW, BEFORE] = ["a".repeat(64), "b".repeat(64)];
const PACKAGE = `${REGISTRY}/api/v1/buckets/lab/packages/amy/wine`;
const METADATA = '{"id":1610521604143693813,"ratio":1.0,"10":1,"9":2}';

const push = (hash: string, message: string) => `{"top_hash":"${hash}","state":"ready","problem":null,
  "message":"${message}","user_meta":${METADATA},"workflow":null,"total_entries":1,"total_bytes":5,
  "pushed_at":"2026-11-29T10:00:00Z","author":"amy","tag":"${hash.slice(0, 10)}"}`;
const json = (text: string, status = 200) =>
  new HttpResponse(text, { status, headers: { "Content-Type": "application/json" } });

const buckets = (level: string) => json(`{"items":[{"name":"lab","level":"${level}"}],"next":null}`);

beforeEach(() => {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => json('{"name":"lab","level":"READ"}')),
    http.get(`${REGISTRY}/api/v1/buckets`, () => buckets("READ")),
    http.get(PACKAGE, () => json(`{"name":"amy/wine","latest":${push(NOW, "Tidy")},"revisions":2}`)),
    http.get(`${PACKAGE}/revisions`, () =>
      json(`{"items":[${push(NOW, "Tidy")},${push(BEFORE, "Add stations")}],"next":null}`),
    ),
    http.get(`${PACKAGE}/revisions/:reference`, () => json(push(NOW, "Tidy"))),
    http.get(`${PACKAGE}/revisions/:reference/entries`, () => json('{"items":[],"next":null}')),
    http.get(`${PACKAGE}/revisions/:reference/entry`, ({ params, request }) => {
      const path = new URL(request.url).searchParams.get("path") ?? "";
      if (path === "")
        return json('{"type":"directory","path":"","name":"","total_entries":0,"total_bytes":0,"meta":{}}');
      if (path === "data")
        return json('{"type":"directory","path":"data","total_entries":1,"total_bytes":5,"meta":null}');
      return params.reference === BEFORE && path === "data/stations.geojson"
        ? json(`{"type":"file","path":"${path}"}`)
        : json('{"title":"Not found","status":404,"detail":"There is no such entry."}', 404);
    }),
  );
});

const open = (path: string) =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/packages/:author/:name/tree/:reference/*" element={<PackagePage />} />
    </Routes>,
    `/b/lab/packages/amy/wine/tree/latest/${path}`,
  );

test("metadata of a package is shown as it was written", async () => {
  open("");
  const tree = await screen.findByRole("group", { name: "Metadata" });
  const members = within(tree)
    .getAllByRole("listitem")
    .map(each => [...each.children].map(part => part.textContent).join(" "));
  expect(members).toEqual(["id 1610521604143693813", "ratio 1.0", "10 1", "9 2"]);
});

test.each([
  ["READ", false],
  ["READ_WRITE", true],
])("with %s everywhere, a promotion is offered: %s", async (level, isOffered) => {
  server.use(http.get(`${REGISTRY}/api/v1/buckets`, () => buckets(level)));
  const { user } = open("");
  await screen.findByRole("group", { name: "Metadata" });
  await user.click(screen.getByRole("button", { name: "More actions" }));
  await screen.findByRole("menuitem", { name: "Compare with another revision" });
  await waitFor(() => expect(screen.queryByRole("menuitem", { name: "Promote…" }) !== null).toBe(isOffered));
});

test("the Quilt+ URI is copied from the menu", async () => {
  const { user } = open("");
  await screen.findByRole("group", { name: "Metadata" });
  await user.click(screen.getByRole("button", { name: "More actions" }));
  await user.click(await screen.findByRole("menuitem", { name: "Copy Quilt+ URI" }));
  await waitFor(async () =>
    expect(await navigator.clipboard.readText()).toBe(`quilt+s3://lab#package=amy/wine@${NOW}`),
  );
});

test("a file that was removed leads to the newest push that has it", async () => {
  server.use(
    http.get(`${PACKAGE}/revisions/${NOW}/diff`, () => json('{"items":[],"next":null,"totals":null}')),
  );
  open("data/stations.geojson");
  expect(await screen.findByRole("heading", { name: "Not in this revision" })).toBeTruthy();
  expect(screen.getByRole("alert").textContent).toContain("has no data/stations.geojson");
  const link = await screen.findByRole("link", { name: "revision bbbbbbbb" });
  expect(link.getAttribute("href")).toBe(`/b/lab/packages/amy/wine/tree/${BEFORE}/data/stations.geojson`);
  expect(screen.getByText(/It was removed by/).textContent).toMatch(/by amy .*: Tidy$/);
  expect(screen.getByText(/It was last in/).textContent).toMatch(/pushed by amy .*: Add stations$/);
  expect(screen.getByRole("link", { name: "Open data/" }).getAttribute("href")).toBe(
    "/b/lab/packages/amy/wine/tree/latest/data",
  );
});

test("a file that was moved leads to where it is now", async () => {
  const asked: string[] = [];
  server.use(
    http.get(`${PACKAGE}/revisions/${NOW}/diff`, ({ request }) => {
      asked.push(new URL(request.url).search);
      return json(`{"items":[{"kind":"moved","previous_key":"data/stations.geojson","logical_key":"geo/all.geojson"}],
        "next":null,"totals":null}`);
    }),
  );
  open("data/stations.geojson");
  const link = await screen.findByRole("link", { name: "geo/all.geojson" });
  expect(link.getAttribute("href")).toBe(`/b/lab/packages/amy/wine/tree/${NOW}/geo/all.geojson`);
  expect(screen.getByText(/It was moved to/).textContent).toMatch(/by amy .*: Tidy$/);
  expect(asked).toEqual([`?base=${BEFORE}&kind=moved`]);
});

test("a package that was deleted says when, and what its last revision was", async () => {
  const refused = () =>
    json('{"title":"Not found","status":404,"detail":"There is no package amy/wine."}', 404);
  const pointer =
    "<Key>.quilt/named_packages/amy/wine/latest</Key><LastModified>2026-11-29T10:00:00Z</LastModified>";
  server.use(
    http.get(PACKAGE, refused),
    http.get(`${PACKAGE}/revisions/:reference`, refused),
    http.get(`${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/`, () =>
      HttpResponse.xml(`<ListVersionsResult>
        <DeleteMarker>${pointer}<VersionId>v2</VersionId><IsLatest>true</IsLatest></DeleteMarker>
        <Version>${pointer}<VersionId>v1</VersionId></Version></ListVersionsResult>`),
    ),
    http.get(
      `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/.quilt/named_packages/amy/wine/latest`,
      ({ request }) =>
        new URL(request.url).searchParams.get("versionId") === "v1"
          ? HttpResponse.text(BEFORE)
          : new HttpResponse(null, { status: 404 }),
    ),
  );
  open("");
  const said = await screen.findByText(/It was deleted/);
  expect(said.textContent).toContain("Its last revision was bbbbbbbb");
  expect(screen.getByRole("link", { name: "manifest" }).getAttribute("href")).toBe(
    `/b/lab/tree/.quilt/packages/${BEFORE}`,
  );
});

test("a package that is not there has no revision to choose", async () => {
  const refused = () =>
    json('{"title":"Not found","status":404,"detail":"There is no package amy/wine."}', 404);
  server.use(
    http.get(PACKAGE, refused),
    http.get(`${PACKAGE}/revisions/:reference`, refused),
    http.get(`${S3_PROXY}/*`, () => HttpResponse.xml("<ListVersionsResult></ListVersionsResult>")),
  );
  open("");
  expect(await screen.findByText("There is no package amy/wine.")).toBeTruthy();
  expect(await screen.findByText(/It may have another name/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: /choose another revision/ })).toBeNull();
});

test("nobody is told to install a file that is not there, or sent to a folder that is not", async () => {
  open("gone/nowhere.csv");
  expect(await screen.findByRole("link", { name: "All files" })).toBeTruthy();
  expect(await screen.findByText("It is in none of the last 10 pushes either.")).toBeTruthy();
  expect(screen.getByRole("heading", { name: "Get it" })).toBeTruthy();
  expect(screen.queryByText(/--path/)).toBeNull();
});

test("a file is read by its package, with its neighbours beside it", async () => {
  const file = (path: string) =>
    `{"type":"file","path":"${path}","size":5,"hash":null,"meta":{},"accessible":true,"is_local":false,
      "physical_key":"s3://other/${path}?versionId=v1"}`;
  const asked = answersAt("preview", () => textAnswer("ripe\n"));
  server.use(
    http.get(`${PACKAGE}/revisions/:reference/entry`, () => json(file("data/b.txt"))),
    http.get(`${PACKAGE}/revisions/:reference/entries`, () =>
      json(`{"items":[${file("data/a.txt")},${file("data/b.txt")}],"next":null}`),
    ),
  );
  open("data/b.txt");
  expect((await screen.findByRole("region", { name: "Text of b.txt" })).textContent).toBe("ripe\n");
  expect(Object.fromEntries(asked[0] ?? [])).toEqual({
    bucket: "lab",
    package: "amy/wine",
    revision: NOW,
    path: "data/b.txt",
  });
  expect((await screen.findByRole("link", { name: "Previous file: a.txt" })).getAttribute("href")).toBe(
    "/b/lab/packages/amy/wine/tree/latest/data/a.txt",
  );
  expect(screen.getByRole("link", { name: "s3://other/data/b.txt" }).getAttribute("href")).toBe(
    "/b/other/tree/data/b.txt?version=v1",
  );
});

test.each([
  [NOW, "amy"],
  [BEFORE, "unknown"],
])("a revision's facts name the user who pushed it", async (revision, author) => {
  server.use(
    http.get(`${PACKAGE}/revisions`, () =>
      json(
        `{"items":[${push(NOW, "Tidy")},${push(BEFORE, "Add stations").replace('"amy"', "null")}],"next":null}`,
      ),
    ),
    http.get(PACKAGE, () => json(`{"name":"amy/wine","latest":${push(revision, "Tidy")},"revisions":2}`)),
  );
  open("");
  expect((await screen.findByText("By")).nextElementSibling?.textContent).toBe(author);
});
