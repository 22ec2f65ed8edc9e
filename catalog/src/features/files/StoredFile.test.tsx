import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { answersAt, answerTickets, textAnswer } from "@/testing/preview";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { FilesPage } from "./FilesPage";

const BUCKET = `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com`;
const object = (key: string) =>
  `<Contents><Key>${key}</Key><Size>5</Size><LastModified>2026-11-29T10:00:00Z</LastModified></Contents>`;
const version = (id: string, more = "") =>
  `<Version><Key>wine/b.txt</Key><VersionId>${id}</VersionId><Size>5</Size><LastModified>2026-11-29T10:00:00Z</LastModified>${more}</Version>`;

let searched: string[];

beforeEach(() => {
  searched = [];
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ" })),
    http.get(`${BUCKET}/`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      return HttpResponse.xml(
        query.has("versions")
          ? `<ListVersionsResult>${version("v2", "<IsLatest>true</IsLatest>")}${version("v1")}
             <DeleteMarker><Key>wine/b.txt</Key><VersionId>v0</VersionId><LastModified>2026-11-28T10:00:00Z</LastModified></DeleteMarker>
             <Version><Key>wine/b.txt.old</Key><VersionId>x</VersionId></Version></ListVersionsResult>`
          : `<ListBucketResult>${["wine/", "wine/a.png", "wine/b.txt", "wine/c.txt"].map(object).join("")}</ListBucketResult>`,
      );
    }),
    http.head(
      `${BUCKET}/wine/b.txt`,
      ({ request }) =>
        new HttpResponse(null, {
          headers: {
            "Content-Length": "5",
            "x-amz-version-id": new URL(request.url).searchParams.get("versionId") ?? "v2",
            "x-amz-storage-class": "GLACIER",
            "x-amz-restore": 'ongoing-request="false", expiry-date="Fri, 11 Dec 2026 00:00:00 GMT"',
          },
        }),
    ),
    http.get(`${REGISTRY}/api/v1/search`, ({ request }) => {
      searched.push(new URL(request.url).searchParams.get("q") ?? "");
      return HttpResponse.json({
        items: [{ kind: "package", bucket: "lab", name: "amy/wine", matches: [] }],
        next: null,
        total: 3,
      });
    }),
  );
});

const open = (at: string) =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/tree/*" element={<FilesPage />} />
    </Routes>,
    at,
  );

test("a file's page has its content, its packages and its neighbours", async () => {
  const asked = answersAt("preview", () => textAnswer("ripe\n"));
  open("/b/lab/tree/wine/b.txt");
  expect((await screen.findByRole("region", { name: "Text of b.txt" })).textContent).toBe("ripe\n");
  expect(asked[0]?.get("version_id")).toBe("v2");
  expect((await screen.findByRole("link", { name: "amy/wine" })).getAttribute("href")).toBe(
    "/b/lab/packages/amy/wine",
  );
  expect(searched[0]).toBe('object:"s3://lab/wine/b.txt"');
  expect(screen.getByRole("link", { name: "2 other packages" })).toBeTruthy();
  expect((await screen.findByRole("link", { name: "Previous file: a.png" })).getAttribute("href")).toBe(
    "/b/lab/tree/wine/a.png",
  );
  expect(screen.getByRole("link", { name: "Next file: c.txt" })).toBeTruthy();
  expect(screen.getByText("there until Fri, 11 Dec 2026 00:00:00 GMT")).toBeTruthy();
});

test("an earlier version is shown when it is chosen, and cannot be deleted there", async () => {
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
  );
  const asked = answersAt("preview", query => textAnswer(`${query.get("version_id") ?? ""}\n`));
  const page = open("/b/lab/tree/wine/b.txt");
  expect(await screen.findByRole("button", { name: "Delete" })).toBeTruthy();
  await page.user.click(await screen.findByRole("button", { name: "Versions" }));
  const dialog = await screen.findByRole("dialog");
  expect(await within(dialog).findByText(/5 B · newest · shown/)).toBeTruthy();
  expect(within(dialog).getByText("deleted")).toBeTruthy();
  await page.user.click(within(dialog).getByRole("link"));
  expect((await screen.findByRole("region", { name: "Text of b.txt" })).textContent).toBe("v1\n");
  expect(page.address()).toBe("/b/lab/tree/wine/b.txt?version=v1");
  expect(screen.getByText("an earlier version")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();
  expect(asked.map(query => query.get("version_id"))).toEqual(["v2", "v1"]);
});

const archived = (members: object) =>
  HttpResponse.json(
    { type: "/problems/archived", status: 409, detail: "The object is archived (GLACIER).", ...members },
    { status: 409 },
  );

test("who may only read an archived file is told who can restore it", async () => {
  answersAt("preview", () => archived({ storage_class: "GLACIER", state: "archived" }));
  open("/b/lab/tree/wine/b.txt");
  expect(await screen.findByRole("heading", { name: "The file is archived" })).toBeTruthy();
  expect(await screen.findByText(/People who may write to lab can ask for that/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Restore…" })).toBeNull();
  expect(
    screen.getByText(
      "aws s3api restore-object --bucket lab --key wine/b.txt --version-id v2 --restore-request Days=7",
    ),
  ).toBeTruthy();
});

test("an archived file is restored by a button, and then is on its way", async () => {
  const asked: unknown[] = [];
  answersAt("preview", () => archived({ storage_class: "DEEP_ARCHIVE", state: "archived" }));
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.post(`${REGISTRY}/api/v1/buckets/lab/restorations`, async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ state: "restoring" }, { status: 202 });
    }),
  );
  const { user } = open("/b/lab/tree/wine/b.txt");
  await user.click(await screen.findByRole("button", { name: "Restore…" }));
  const dialog = await screen.findByRole("dialog", { name: "Restore the file" });
  const days = within(dialog).getByRole("spinbutton", { name: "Days" });
  await user.clear(days);
  expect(within(dialog).getByRole("button", { name: "Restore" }).hasAttribute("disabled")).toBe(true);
  await user.type(days, "30");
  const speed = within(dialog).getByRole("combobox", { name: "Speed" });
  // Nothing comes from a deep archive in minutes.
  expect(
    within(speed)
      .getAllByRole("option")
      .map(each => each.getAttribute("value")),
  ).toEqual(["standard", "bulk"]);
  await user.selectOptions(speed, "bulk");
  await user.click(within(dialog).getByRole("button", { name: "Restore" }));
  expect(await screen.findByRole("heading", { name: "The file is being restored" })).toBeTruthy();
  expect(asked).toEqual([{ key: "wine/b.txt", version_id: "v2", days: 30, tier: "bulk" }]);
});

test("a file that is being restored says so", async () => {
  answersAt("preview", () => archived({ storage_class: "GLACIER", state: "restoring" }));
  open("/b/lab/tree/wine/b.txt");
  expect(await screen.findByRole("heading", { name: "The file is being restored" })).toBeTruthy();
});

test("a file that was deleted leads to its last version and to packages that have it", async () => {
  server.use(
    http.head(`${BUCKET}/wine/b.txt`, () => new HttpResponse(null, { status: 404 })),
    http.get(`${BUCKET}/`, ({ request }) =>
      HttpResponse.xml(
        new URL(request.url).searchParams.has("versions")
          ? `<ListVersionsResult>
             <DeleteMarker><Key>wine/b.txt</Key><VersionId>v3</VersionId><IsLatest>true</IsLatest><LastModified>2026-11-29T11:00:00Z</LastModified></DeleteMarker>
             ${version("v2")}</ListVersionsResult>`
          : "<ListBucketResult></ListBucketResult>",
      ),
    ),
  );
  open("/b/lab/tree/wine/b.txt");
  expect(await screen.findByRole("heading", { name: "There is no such file" })).toBeTruthy();
  expect(await screen.findByText(/It was deleted/)).toBeTruthy();
  expect(screen.getByRole("link", { name: /b\.txt as it was/ }).getAttribute("href")).toBe(
    "/b/lab/tree/wine/b.txt?version=v2",
  );
  expect(screen.getByRole("link", { name: "Open wine/" }).getAttribute("href")).toBe("/b/lab/tree/wine/");
  expect((await screen.findByRole("link", { name: "amy/wine" })).getAttribute("href")).toBe(
    "/b/lab/packages/amy/wine",
  );
});

test("the pictures of a folder are a gallery when somebody wants that", async () => {
  const asked = answerTickets();
  const page = open("/b/lab/tree/wine/");
  await page.user.click(await screen.findByRole("button", { name: "Gallery" }));
  expect((await screen.findByRole("link", { name: "a.png" })).getAttribute("href")).toBe(
    "/b/lab/tree/wine/a.png",
  );
  expect(page.address()).toBe("/b/lab/tree/wine/?view=gallery");
  expect(asked).toEqual([{ bucket: "lab", key: "wine/a.png", size: "256" }]);
  expect(screen.queryByRole("link", { name: "b.txt" })).toBeNull();
  await page.user.click(screen.getByRole("button", { name: "List" }));
  expect(await screen.findByRole("link", { name: "b.txt" })).toBeTruthy();
});
