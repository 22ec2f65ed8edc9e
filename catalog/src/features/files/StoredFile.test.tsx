import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { answersAt, answerTickets, problem, textAnswer } from "@/testing/preview";
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

test("an archived file says how it is restored", async () => {
  answersAt("preview", () =>
    problem(409, "archived", "The object is archived (GLACIER) and must be restored first"),
  );
  open("/b/lab/tree/wine/b.txt");
  expect(await screen.findByRole("heading", { name: "The file is archived" })).toBeTruthy();
  expect(
    screen.getByText(
      "aws s3api restore-object --bucket lab --key wine/b.txt --version-id v2 --restore-request Days=7",
    ),
  ).toBeTruthy();
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
