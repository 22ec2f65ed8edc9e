import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { type Bookmark, bookmarkId } from "@/api/bookmarks";
import { takeOverObjects } from "@/s3/chosen";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { BookmarksPage } from "../bookmarks/BookmarksPage";
import { FilesPage } from "../FilesPage";

const BUCKET = `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com`;
const object = (key: string) =>
  `<Contents><Key>${key}</Key><Size>5</Size><LastModified>2026-11-29T10:00:00Z</LastModified></Contents>`;
const folder = (prefix: string) => `<CommonPrefixes><Prefix>${prefix}</Prefix></CommonPrefixes>`;

const LISTINGS: Record<string, string> = {
  "": ["a.txt", "b.txt", "c.txt", "d.txt"].map(object).join("") + folder(".quilt/") + folder("deep/"),
  "deep/": object("deep/x.txt") + object("deep/y.txt"),
  ".quilt/": object(".quilt/packages"),
};

let written: { method: string; path: string; source: string | null }[];
let config: string | null;
let bookmarks: Bookmark[];

beforeEach(() => {
  [written, config, bookmarks] = [[], null, []];
  localStorage.clear();
  server.use(
    http.get(`${REGISTRY}/api/me`, () => HttpResponse.json({ current_user: "amy" })),
    http.get(`${REGISTRY}/api/v1/bookmarks`, () => HttpResponse.json({ items: bookmarks })),
    http.patch(`${REGISTRY}/api/v1/bookmarks`, async ({ request }) => {
      const { add, remove } = (await request.json()) as Record<"add" | "remove", Bookmark[]>;
      const gone = new Set([...add, ...remove].map(bookmarkId));
      bookmarks = [...add, ...bookmarks.filter(each => !gone.has(bookmarkId(each)))];
      return HttpResponse.json({ items: bookmarks });
    }),
    http.get(`${REGISTRY}/api/v1/buckets`, () =>
      HttpResponse.json({ items: [{ name: "lab", title: "Lab", level: "READ_WRITE" }], next: null }),
    ),
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.get(`${BUCKET}/`, ({ request }) => {
      const prefix = new URL(request.url).searchParams.get("prefix") ?? "";
      const found =
        prefix === ".quilt/catalog/" && config !== null ? object(".quilt/catalog/config.yaml") : "";
      return HttpResponse.xml(`<ListBucketResult>${LISTINGS[prefix] ?? found}</ListBucketResult>`);
    }),
    http.get(`${BUCKET}/.quilt/catalog/config.yaml`, () => new HttpResponse(config ?? "")),
    http.head(`${BUCKET}/*`, () => new HttpResponse(null, { headers: { "Content-Length": "5" } })),
    http.put(`${BUCKET}/*`, ({ request }) => {
      const source = request.headers.get("x-amz-copy-source");
      written.push({ method: "PUT", path: new URL(request.url).pathname, source });
      return HttpResponse.xml("<CopyObjectResult><ETag>1</ETag></CopyObjectResult>");
    }),
    http.delete(`${BUCKET}/*`, ({ request }) => {
      written.push({ method: "DELETE", path: new URL(request.url).pathname, source: null });
      return new HttpResponse(null, { status: 204 });
    }),
  );
});

const open = (at = "/b/lab/tree/") =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/tree/*" element={<FilesPage />} />
      <Route path="/b/:bucket/packages/new" element={<p>New package</p>} />
      <Route path="/bookmarks" element={<BookmarksPage />} />
    </Routes>,
    at,
  );

const tick = (name: string) => screen.findByRole<HTMLInputElement>("checkbox", { name: `Choose ${name}` });
const chosen = () =>
  screen
    .getAllByRole<HTMLInputElement>("checkbox", { name: /^Choose / })
    .filter(each => each.checked)
    .map(each => each.getAttribute("aria-label"));

async function choose(user: ReturnType<typeof open>["user"], what: string) {
  await user.click(screen.getByRole("button", { name: "Actions for chosen items" }));
  await user.click(await screen.findByRole("menuitem", { name: what }));
}

test("shift chooses all between two, and the keyboard one more, all, or none", async () => {
  const { user } = open();
  await user.click(await tick("a.txt"));
  await user.keyboard("{Shift>}");
  await user.click(await tick("c.txt"));
  await user.keyboard("{/Shift}");
  expect(chosen()).toEqual(["Choose a.txt", "Choose b.txt", "Choose c.txt"]);
  await user.keyboard("{Shift>}{ArrowDown}{/Shift}");
  expect(chosen()).toContain("Choose d.txt");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Choose d.txt");
  await user.keyboard("{Control>}a{/Control}");
  expect(chosen()).toHaveLength(5);
  await user.keyboard("{Escape}");
  expect(chosen()).toEqual([]);
});

test("what Quilt keeps is hidden until it is asked for, and is deleted only by who types its name", async () => {
  const { user } = open();
  await tick("a.txt");
  expect(screen.queryByRole("link", { name: ".quilt/" })).toBeNull();
  await user.click(screen.getByRole("checkbox", { name: "Show .quilt/" }));
  await screen.findByRole("link", { name: ".quilt/" });
  expect(screen.queryByRole("checkbox", { name: "Choose .quilt" })).toBeNull();
  await user.click(screen.getByRole("link", { name: ".quilt/" }));
  await user.click(await tick("packages"));
  await choose(user, "Delete…");
  const dialog = within(await screen.findByRole("dialog"));
  const button = dialog.getByRole<HTMLButtonElement>("button", { name: "Delete" });
  expect(button.disabled).toBe(true);
  await user.type(dialog.getByRole("textbox"), ".quilt/");
  await user.click(button);
  await waitFor(() =>
    expect(written.map(each => each.path)).toContain("/lab.s3.us-east-1.amazonaws.com/.quilt/packages"),
  );
});

test("chosen files and folders are moved within S3, and the ones that failed are named", async () => {
  server.use(
    http.put(`${BUCKET}/new/b.txt`, () =>
      HttpResponse.xml("<Error><Code>AccessDenied</Code></Error>", { status: 403 }),
    ),
  );
  const { user } = open();
  await user.click(await tick("b.txt"));
  await user.click(await tick("deep"));
  await choose(user, "Move…");
  const dialog = within(await screen.findByRole("dialog"));
  await user.type(dialog.getByRole("textbox", { name: "Folder" }), "new");
  await user.click(dialog.getByRole("button", { name: "Move" }));
  expect(await dialog.findByText("2 files moved.")).toBeTruthy();
  expect(
    within(dialog.getByRole("list", { name: /could not be moved/ })).getByRole("listitem").textContent,
  ).toBe("b.txt Your role does not allow this.");
  expect(written.map(each => [each.method, each.path.replace(/^\/[^/]+/, ""), each.source])).toEqual(
    expect.arrayContaining([
      ["PUT", "/new/deep/x.txt", "/lab/deep/x.txt"],
      ["DELETE", "/deep/x.txt", null],
      ["DELETE", "/deep/y.txt", null],
    ]),
  );
  expect(written.map(each => each.path)).not.toContain("/lab.s3.us-east-1.amazonaws.com/b.txt");
});

test("files that cannot be deleted keep nothing else, are named, and are tried again", async () => {
  let refusals = 1;
  server.use(
    http.delete(`${BUCKET}/a.txt`, () =>
      refusals-- > 0
        ? HttpResponse.xml("<Error><Code>AccessDenied</Code></Error>", { status: 403 })
        : new HttpResponse(null, { status: 204 }),
    ),
  );
  const { user } = open();
  for (const name of ["a.txt", "b.txt", "c.txt"]) await user.click(await tick(name));
  await choose(user, "Delete…");
  const dialog = within(await screen.findByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Delete" }));
  const failures = within(await dialog.findByRole("list", { name: "Files that could not be deleted" }));
  expect(failures.getByRole("listitem").textContent).toBe("a.txt Your role does not allow this.");
  expect(new Set(written.map(each => each.path.split("/").at(-1)))).toEqual(new Set(["b.txt", "c.txt"]));
  await user.click(dialog.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect([refusals, written.length]).toEqual([-1, 2]);
});

test("a deletion can be stopped, and says how far it came", async () => {
  let release: (() => void) | undefined;
  const held = new Promise<void>(done => {
    release = done;
  });
  server.use(
    http.delete(`${BUCKET}/deep/*`, async ({ request }) => {
      const path = new URL(request.url).pathname;
      if (path.endsWith("y.txt")) await held;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = open();
  await user.click(await tick("deep"));
  await choose(user, "Delete…");
  const dialog = within(await screen.findByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Delete" }));
  await dialog.findByText("2 of 3 files deleted");
  await user.click(dialog.getByRole("button", { name: "Stop" }));
  expect(await dialog.findByText("2 files deleted, then stopped.")).toBeTruthy();
  release?.();
});

test("nothing is moved into .quilt", async () => {
  const { user } = open();
  await user.click(await tick("a.txt"));
  await choose(user, "Move…");
  const dialog = within(await screen.findByRole("dialog"));
  await user.type(dialog.getByRole("textbox", { name: "Folder" }), ".quilt/x");
  expect(dialog.getByText(/nothing else may go there/)).toBeTruthy();
  expect(dialog.getByRole<HTMLButtonElement>("button", { name: "Move" }).disabled).toBe(true);
});

test("a package is made of bookmarks, also where their names are the same", async () => {
  const { user, address, unmount } = open();
  await user.click(await tick("a.txt"));
  await user.click(await tick("deep"));
  await choose(user, "Bookmark them");
  await waitFor(() => expect(bookmarks.map(({ path }) => path)).toEqual(["a.txt", "deep/"]));
  unmount();
  bookmarks = [...bookmarks, { bucket: "lab", package: "amy/wine", path: "data/a.txt" }];
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab/packages/amy/wine/revisions/latest/entry`, () =>
      HttpResponse.json({
        ...{
          type: "file",
          path: "data/a.txt",
          name: "a.txt",
          size: 7,
          physical_key: "s3://far/a.txt?versionId=v1",
        },
        meta: { user_meta: { site: "hill" } },
      }),
    ),
  );
  const page = open("/bookmarks");
  await page.user.click(await screen.findByRole("button", { name: "Make a package of all" }));
  const dialog = within(await screen.findByRole("dialog"));
  await page.user.click(dialog.getByRole("button", { name: "Go on" }));
  await waitFor(() => expect(page.address()).toBe("/b/lab/packages/new"));
  expect(takeOverObjects()).toEqual({
    "a.txt": { physicalKey: "s3://lab/a.txt", size: 5 },
    "deep/x.txt": { physicalKey: "s3://lab/deep/x.txt", size: 5 },
    "deep/y.txt": { physicalKey: "s3://lab/deep/y.txt", size: 5 },
    "amy/wine/a.txt": { physicalKey: "s3://far/a.txt?versionId=v1", size: 7, meta: { site: "hill" } },
  });
  expect(address()).toBe("/b/lab/tree/");
});

test("bookmarks that the browser knows are there at once, and are removed by who chooses them", async () => {
  bookmarks = [
    { bucket: "lab", package: null, path: "a.txt" },
    { bucket: "lab", package: null, path: "deep/" },
  ];
  localStorage.setItem("patchwork.bookmarks amy", JSON.stringify(bookmarks));
  const { user } = open("/bookmarks");
  await user.click(await tick("deep/"));
  await user.click(screen.getByRole("button", { name: "Remove 1 bookmark" }));
  await waitFor(() => expect(bookmarks.map(({ path }) => path)).toEqual(["a.txt"]));
  expect(screen.queryByRole("link", { name: "deep/" })).toBeNull();
});

test("bookmarks that the registry cannot give are not said to be none", async () => {
  server.use(http.get(`${REGISTRY}/api/v1/bookmarks`, () => new HttpResponse(null, { status: 500 })));
  open("/bookmarks");
  expect(await screen.findByRole("button", { name: "Try again" })).toBeTruthy();
  expect(screen.queryByText("No bookmarks yet")).toBeNull();
});

test("preferences take the buttons away that the bucket does not want", async () => {
  config = "ui:\n  actions:\n    writeFile: False\n    downloadObject: False\n";
  const { user } = open();
  await user.click(await tick("a.txt"));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Upload" })).toBeNull());
  expect(screen.queryByRole("button", { name: /^Download/ })).toBeNull();
  expect(screen.getByRole("link", { name: "New package" })).toBeTruthy();
});
