import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { writeText } from "@/testing/editor";
import { gate } from "@/testing/gate";
import { textAnswer } from "@/testing/preview";
import { renderSignedIn } from "@/testing/render";
import { useBucketPreferences } from "@/s3/preferences";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { FilesPage } from "../FilesPage";
import { decodeText, encodeText, isEditable } from "./editable";

const BUCKET = `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com`;

let stored: { text: string; etag: string } | null;
let written: { body: string; headers: Headers }[];
let tags: () => HttpResponse<string>;

beforeEach(() => {
  tags = () =>
    HttpResponse.xml(
      "<Tagging><TagSet><Tag><Key>site</Key><Value>hill &amp; valley</Value></Tag><Tag><Key>year</Key><Value/></Tag></TagSet></Tagging>",
    ) as HttpResponse<string>;
  [stored, written] = [{ text: "a: 1\r\n", etag: "one" }, []];
  const headers = () => ({
    "Content-Length": String(stored?.text.length ?? 0),
    "Content-Type": "text/yaml",
    ETag: `"${stored?.etag ?? ""}"`,
    "x-amz-meta-owner": "amy",
    "Cache-Control": "no-transform",
    "Content-Disposition": "inline",
    "Content-Encoding": "identity",
    "Content-Language": "de",
    "x-amz-storage-class": "STANDARD_IA",
  });
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.get(`${REGISTRY}/api/v1/search`, () =>
      HttpResponse.json({ items: [], next: null, total: 0, complete: true, facets: [] }),
    ),
    http.get(`${S3_PROXY}/-/preview`, () => HttpResponse.json(textAnswer(stored?.text ?? ""))),
    http.get(`${BUCKET}/`, () => HttpResponse.xml("<ListBucketResult/>")),
    http.head(`${BUCKET}/notes.yaml`, () =>
      stored ? new HttpResponse(null, { headers: headers() }) : new HttpResponse(null, { status: 404 }),
    ),
    http.get(`${BUCKET}/notes.yaml`, ({ request }) =>
      new URL(request.url).searchParams.has("tagging")
        ? tags()
        : new HttpResponse(stored?.text ?? "", { headers: headers() }),
    ),
    http.put(`${BUCKET}/notes.yaml`, async ({ request }) => {
      const isAsSeen = stored
        ? (request.headers.get("if-match") ?? `"${stored.etag}"`) === `"${stored.etag}"`
        : request.headers.get("if-none-match") === "*";
      if (!isAsSeen || (stored && request.headers.get("if-none-match") === "*"))
        return HttpResponse.xml("<Error><Code>PreconditionFailed</Code></Error>", { status: 412 });
      written.push({ body: await request.text(), headers: request.headers });
      return new HttpResponse(null, { headers: { ETag: '"two"' } });
    }),
  );
});

const open = () =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/tree/*" element={<FilesPage />} />
    </Routes>,
    "/b/lab/tree/notes.yaml?edit",
  );

const write = (text: string) => writeText("Text of notes.yaml", text);
const save = () => screen.getByRole<HTMLButtonElement>("button", { name: "Save" });

test("a text is saved with the line ends, the type, the metadata, the tags and the other headers that it has", async () => {
  const { user, address } = open();
  await write("a: 1\nb: 2\n");
  await user.click(save());
  await waitFor(() => expect(address()).toBe("/b/lab/tree/notes.yaml"));
  expect(written[0]?.body).toBe("a: 1\r\nb: 2\r\n");
  const { headers } = written[0] ?? { headers: new Headers() };
  const kept = {
    "content-type": "text/yaml",
    "x-amz-meta-owner": "amy",
    "x-amz-tagging": "site=hill%20%26%20valley&year=",
    "cache-control": "no-transform",
    "content-disposition": "inline",
    "content-language": "de",
    "x-amz-storage-class": "STANDARD_IA",
    // The browser has decoded it.
    "content-encoding": null,
  };
  expect(Object.fromEntries(Object.keys(kept).map(name => [name, headers.get(name)]))).toEqual(kept);
});

test("a text whose tags the role may not read is saved without them", async () => {
  tags = () =>
    HttpResponse.xml("<Error><Code>AccessDenied</Code></Error>", { status: 403 }) as HttpResponse<string>;
  const { user } = open();
  await write("a: 2\n");
  await user.click(save());
  await waitFor(() => expect(written.map(each => each.headers.get("x-amz-tagging"))).toEqual([null]));
});

test("what is typed during a save is saved next, as a version of what was saved", async () => {
  const conditions: (string | null)[] = [];
  const answers = gate();
  server.use(
    http.put(`${BUCKET}/notes.yaml`, async ({ request }) => {
      conditions.push(request.headers.get("if-match"));
      await answers.passed;
      stored = { text: await request.text(), etag: `version ${conditions.length}` };
      return new HttpResponse(null, { headers: { ETag: `"${stored.etag}"` } });
    }),
  );
  const { user, address } = open();
  await write("a: 2\n");
  await user.click(save());
  await waitFor(() => expect(conditions).toHaveLength(1));
  await write("a: 2\nb: 3\n");
  answers.open();
  expect(await screen.findByText("Saved. What you typed since then is not saved yet.")).toBeTruthy();
  await user.click(save());
  await waitFor(() => expect(address()).toBe("/b/lab/tree/notes.yaml"));
  expect(conditions).toEqual(['"one"', '"version 1"']);
  expect(stored?.text).toBe("a: 2\r\nb: 3\r\n");
});

test("preferences that are edited as a file hold on the page that follows", async () => {
  const CONFIG = ".quilt/catalog/config.yaml";
  let config = "ui: {}\n";
  server.use(
    http.get(`${BUCKET}/`, ({ request }) =>
      HttpResponse.xml(
        new URL(request.url).searchParams.get("prefix") === ".quilt/catalog/"
          ? `<ListBucketResult><Contents><Key>${CONFIG}</Key><Size>5</Size></Contents></ListBucketResult>`
          : "<ListBucketResult/>",
      ),
    ),
    http.head(`${BUCKET}/${CONFIG}`, () => new HttpResponse(null, { headers: { ETag: '"1"' } })),
    http.get(`${BUCKET}/${CONFIG}`, () => new HttpResponse(config, { headers: { ETag: '"1"' } })),
    http.put(`${BUCKET}/${CONFIG}`, async ({ request }) => {
      config = await request.text();
      return new HttpResponse(null, { headers: { ETag: '"2"' } });
    }),
  );
  function Shown() {
    return <p>Packages are {useBucketPreferences("lab").nav.packages ? "shown" : "hidden"}</p>;
  }
  const { user } = renderSignedIn(
    <>
      <Shown />
      <Routes>
        <Route path="/b/:bucket/tree/*" element={<FilesPage />} />
      </Routes>
    </>,
    `/b/lab/tree/${CONFIG}?edit`,
  );
  await writeText("Text of config.yaml", "ui:\n  nav:\n    packages: False\n");
  expect(screen.getByText("Packages are shown")).toBeTruthy();
  await user.click(save());
  expect(await screen.findByText("Packages are hidden")).toBeTruthy();
});

test("a text that somebody else has changed is not replaced without asking", async () => {
  const { user } = open();
  await write("a: 2\n");
  stored = { text: "a: 3\n", etag: "other" };
  await user.click(save());
  await screen.findByText(/was changed by somebody else/);
  expect(written).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Save mine as the newest version" }));
  await waitFor(() => expect(written.map(each => each.body)).toEqual(["a: 2\r\n"]));
});

test("a file that is not there yet can be written", async () => {
  stored = null;
  const { user } = open();
  await write("new: yes\n");
  await user.click(save());
  await waitFor(() => expect(written.map(each => each.body)).toEqual(["new: yes\n"]));
});

test("a mistake in YAML is said with its place, and can be saved", async () => {
  open();
  await write("a: 1\nb: [\n");
  expect((await screen.findByText(/^Line \d, column \d/)).getAttribute("role")).toBe("status");
  expect(save().disabled).toBe(false);
});

test("texts keep their byte order mark, and what an editor would change is not opened", () => {
  const bytes = new TextEncoder().encode("\ufeffa\r\nb");
  const text = decodeText(bytes);
  expect(text).toEqual({ text: "a\nb", hasMark: true, lineEnd: "\r\n" });
  expect(text && new TextEncoder().encode(encodeText(text))).toEqual(bytes);
  expect(decodeText(new TextEncoder().encode("a\r\nb\nc"))).toBeNull();
  expect(decodeText(Uint8Array.of(0xff, 0x41))).toBeNull();
  expect([isEditable("README", 5), isEditable("a/b.md", 5), isEditable("a.png", 5)]).toEqual([
    true,
    true,
    false,
  ]);
});
