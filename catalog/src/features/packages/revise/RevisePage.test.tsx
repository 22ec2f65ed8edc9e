import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { writeText } from "@/testing/editor";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { RevisePage } from "./RevisePage";

const LAB = `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com`;
const HASH = "a".repeat(64);
const PACKAGE = `${REGISTRY}/api/v1/buckets/lab/packages/amy/wine`;
const PACKAGE_METADATA = '{"id":1610521604143693813,"ratio":1.0,"10":1e22,"9":-0,"name":"x"}';
const FILE_METADATA = '{"user_meta":{"b":9007199254740993,"a":2.50}}';

let pushed: string[] = [];

/** With its text as it is: what JavaScript would make of it is not what the registry says. */
const json = (text: string, status = 200) =>
  new HttpResponse(text, { status, headers: { "Content-Type": "application/json" } });

beforeEach(() => {
  pushed = [];
  sessionStorage.clear();
  const revision = `"top_hash":"${HASH}","state":"ready","problem":null,"message":"First","workflow":null,
    "total_entries":1,"total_bytes":5,"user_meta":${PACKAGE_METADATA}`;
  const file = `{"type":"file","path":"x.txt","name":"x.txt","size":5,"physical_key":"s3://lab/x.txt","hash":null,
    "accessible":true,"is_local":false,"meta":${FILE_METADATA}}`;
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => json('{"name":"lab","level":"READ_WRITE"}')),
    http.get(`${REGISTRY}/api/v1/buckets/lab/workflows`, () => json('{"config":null,"workflows":[]}')),
    http.get(PACKAGE, () => json(`{"name":"amy/wine","latest":{${revision}},"revisions":1}`)),
    http.get(`${PACKAGE}/revisions/:reference`, () => json(`{${revision}}`)),
    http.get(`${PACKAGE}/revisions/${HASH}/entries`, ({ request }) =>
      new URL(request.url).searchParams.get("path")
        ? json('{"title":"Not found","status":404}', 404)
        : json(`{"items":[${file}],"next":null}`),
    ),
    http.post(`${PACKAGE}/revisions/${HASH}/patch`, async ({ request }) => {
      pushed.push(await request.text());
      return json('{"title":"Refused","status":400,"detail":"That is enough."}', 400);
    }),
  );
});

const open = () =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/packages/:author/:name/revise" element={<RevisePage />} />
    </Routes>,
    "/b/lab/packages/amy/wine/revise?revision=latest",
  );

const metadataField = () => screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Package metadata" });
const push = (user: ReturnType<typeof open>["user"]) =>
  user.click(screen.getByRole("button", { name: "Push the new revision" }));

test("metadata is pushed as it was written but for what was edited", async () => {
  const { user } = open();
  const field = await metadataField();
  expect(field.value.replaceAll(/\s/g, "")).toBe(PACKAGE_METADATA);
  fireEvent.change(field, { target: { value: field.value.replace('"x"', '"edited"') } });
  await push(user);
  await waitFor(() => expect(pushed).toHaveLength(1));
  expect(pushed[0]).toContain(`"metadata":${PACKAGE_METADATA.replace('"x"', '"edited"')}`);
});

test("a last digit is a change of metadata", async () => {
  open();
  const field = await metadataField();
  expect(screen.getByRole("heading", { name: "No changes yet" })).toBeTruthy();
  fireEvent.change(field, { target: { value: field.value.replace("3813", "3814") } });
  expect(await screen.findByRole("heading", { name: "1 change" })).toBeTruthy();
});

test("metadata of a file is pushed as it was written, also from a kept draft", async () => {
  const { user, unmount } = open();
  await user.click(await screen.findByRole("button", { name: "Actions for x.txt" }));
  await user.click(await screen.findByRole("menuitem", { name: "Edit metadata…" }));
  const dialog = await screen.findByRole("dialog");
  const field = within(dialog).getByRole<HTMLTextAreaElement>("textbox");
  expect(field.value).toBe('{\n  "b": 9007199254740993,\n  "a": 2.50\n}');
  fireEvent.change(field, { target: { value: field.value.replace("}", ', "2": 1.0, "1": 0.10}') } });
  await user.click(within(dialog).getByRole("button", { name: "Keep" }));
  await waitFor(() => expect(sessionStorage).toHaveLength(1));
  unmount();

  const again = open();
  await screen.findByRole("heading", { name: "1 change" });
  await push(again.user);
  await waitFor(() => expect(pushed).toHaveLength(1));
  expect(pushed[0]).toContain('"metadata":{"b":9007199254740993,"a":2.50,"2":1.0,"1":0.10}');
});

test.each([
  ['{"a": 1, "a": 2}', "The name a is given twice. Remove or rename one of them."],
  ['{"a": 1e400}', "a: 1e400 is too large for a number. Write it as a text, in quotes."],
])("%s is refused with the reason", async (text, reason) => {
  open();
  fireEvent.change(await metadataField(), { target: { value: text } });
  expect(await screen.findByText(reason)).toBeTruthy();
  const button = screen.getByRole<HTMLButtonElement>("button", { name: "Push the new revision" });
  expect(button.disabled).toBe(true);
});

const openAt = (more: string) =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/packages/:author/:name/revise" element={<RevisePage />} />
    </Routes>,
    `/b/lab/packages/amy/wine/revise?revision=latest${more}`,
  );

test("a text of the package is edited in place, and is pushed with its metadata", async () => {
  const puts: { path: string; body: string }[] = [];
  server.use(
    http.get(`${PACKAGE}/revisions/${HASH}/entry`, () =>
      json(`{"type":"file","path":"x.txt","name":"x.txt","size":5,"physical_key":"s3://lab/x.txt?versionId=v1",
        "hash":null,"accessible":true,"is_local":false,"meta":${FILE_METADATA}}`),
    ),
    http.get(`${LAB}/x.txt`, () => new HttpResponse("hello", { headers: { ETag: '"1"' } })),
    http.head(
      `${LAB}/amy/wine/x.txt`,
      () => new HttpResponse(null, { headers: { "x-amz-version-id": "v7" } }),
    ),
    http.put(`${LAB}/amy/wine/x.txt`, async ({ request }) => {
      puts.push({ path: new URL(request.url).pathname, body: await request.text() });
      return new HttpResponse(null, { headers: { ETag: '"2"', "x-amz-version-id": "v8" } });
    }),
  );
  const { user } = openAt("&edit=x.txt");
  await writeText("Text of x.txt", "hello, world");
  await user.click(screen.getByRole("button", { name: "Keep the change" }));
  await screen.findByRole("heading", { name: "1 change" });
  expect(puts.map(each => each.body)).toEqual(["hello, world"]);
  await push(user);
  await waitFor(() => expect(pushed).toHaveLength(1));
  expect(pushed[0]).toContain(
    '"operations":[{"op":"add","logical_key":"x.txt","physical_key":"s3://lab/amy/wine/x.txt?versionId=v8","size":12,' +
      '"meta":{"user_meta":{"b":9007199254740993,"a":2.50}}}]',
  );
});

test("an object without versions that a revision refers to is not overwritten", async () => {
  const paths: string[] = [];
  server.use(
    http.get(`${PACKAGE}/revisions/${HASH}/entry`, () => json('{"status":404,"title":"Not found"}', 404)),
    http.head(`${LAB}/amy/wine/new.md`, () => new HttpResponse(null)),
    http.put(`${LAB}/*`, ({ request }) => {
      paths.push(new URL(request.url).pathname);
      return new HttpResponse(null, { headers: { ETag: '"2"' } });
    }),
  );
  const { user } = openAt("&edit=new.md");
  await writeText("Text of new.md", "# New");
  await user.click(screen.getByRole("button", { name: "Keep the change" }));
  await screen.findByRole("heading", { name: "1 change" });
  expect(paths[0]).toMatch(/\/amy\/wine\/[\dTZ-]+\/new\.md$/);
});

test("files are dragged into folders, and several are moved by the keyboard", async () => {
  const entries = ["a.csv", "b.csv"].map(
    path => `{"type":"file","path":"${path}","name":"${path}","size":5,"physical_key":"s3://lab/${path}",
      "hash":null,"accessible":true,"is_local":false,"meta":null}`,
  );
  const data = `{"type":"directory","path":"data","name":"data","total_entries":1,"total_bytes":1,"meta":null}`;
  server.use(
    http.get(`${PACKAGE}/revisions/${HASH}/entries`, () =>
      json(`{"items":[${[...entries, data].join(",")}],"next":null}`),
    ),
  );
  const { user } = open();
  const dragged = await screen.findByText("a.csv");
  const dataTransfer = new DataTransfer();
  fireEvent.dragStart(dragged, { dataTransfer });
  fireEvent.dragOver(screen.getByText("data/"), { dataTransfer });
  fireEvent.drop(screen.getByText("data/"), { dataTransfer });
  expect(await screen.findByText("→ data/a.csv")).toBeTruthy();
  await user.click(screen.getByRole("checkbox", { name: "Choose b.csv" }));
  await user.click(screen.getByRole("checkbox", { name: "Choose data" }));
  await user.click(screen.getByRole("button", { name: "Move…" }));
  const dialog = within(await screen.findByRole("dialog"));
  const field = dialog.getByRole("textbox");
  await user.type(field, "data/in");
  expect(dialog.getByText("data cannot be moved into itself.")).toBeTruthy();
  await user.clear(field);
  await user.type(field, "raw");
  await user.click(dialog.getByRole("button", { name: "Move" }));
  await push(user);
  await waitFor(() => expect(pushed).toHaveLength(1));
  expect((JSON.parse(pushed[0] ?? "") as { operations: unknown }).operations).toEqual([
    { op: "move", path: "a.csv", to: "data/a.csv" },
    { op: "move", path: "b.csv", to: "raw/b.csv" },
    { op: "move", path: "data", to: "raw/data" },
  ]);
});

test("rows of a spreadsheet are metadata of files, and those that the package does not have are named", async () => {
  const { user } = open();
  await metadataField();
  const sheet = new File(["logical_key,site\nx.txt,hill\nfar/y.txt,lake\n"], "files.csv");
  await user.upload(screen.getByLabelText("Spreadsheet for package metadata"), sheet);
  expect(await screen.findByText("far/y.txt is not in the package.")).toBeTruthy();
  await push(user);
  await waitFor(() => expect(pushed).toHaveLength(1));
  expect(pushed[0]).toContain('"operations":[{"op":"annotate","path":"x.txt","metadata":{"site":"hill"}}]');
});
