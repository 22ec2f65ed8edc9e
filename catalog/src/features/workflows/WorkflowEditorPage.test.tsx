import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { editorOf, writeText } from "@/testing/editor";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { WorkflowEditorPage } from "./WorkflowEditorPage";

const BUCKET = `${S3_PROXY}/lab.s3.us-east-1.amazonaws.com`;
const CONFIG =
  'version: "1"\nworkflows:\n  w: {name: W, metadata_schema: s}\nschemas:\n  s: {url: s3://lab/s.json}\n';

let written: { path: string; body: string; condition: string | null }[];
let tried: { config: string; schemas: Record<string, string>; cursor: string | null }[];
let problems: string[];

beforeEach(() => {
  [written, tried, problems] = [[], [], []];
  const item = (name: string, violations: object[]) => ({
    ...{ name, top_hash: "a".repeat(64), workflow: "w", entries_checked: true },
    valid: violations.length === 0,
    violations,
  });
  server.use(
    http.get(`${REGISTRY}/api/v1/buckets/lab`, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.get(
      `${BUCKET}/.quilt/workflows/config.yml`,
      () => new HttpResponse(CONFIG, { headers: { ETag: '"1"' } }),
    ),
    http.get(`${BUCKET}/s.json`, () => new HttpResponse("{}", { headers: { ETag: '"2"' } })),
    http.put(`${BUCKET}/*`, async ({ request }) => {
      written.push({
        path: new URL(request.url).pathname.replace(/^\/[^/]+\//, ""),
        body: await request.text(),
        condition: request.headers.get("if-match") ?? request.headers.get("if-none-match"),
      });
      return new HttpResponse(null, { headers: { ETag: '"3"' } });
    }),
    http.post(`${REGISTRY}/api/v1/buckets/lab/workflows/trial`, async ({ request }) => {
      const trial = (await request.json()) as (typeof tried)[number];
      tried.push(trial);
      return HttpResponse.json(
        trial.cursor === null
          ? { problems, items: [item("amy/good", [])], next: "more" }
          : {
              problems: [],
              items: [item("amy/poor", [{ path: "/metadata", message: "'season' is a required property" }])],
              next: null,
            },
      );
    }),
  );
});

const open = () =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/workflows/edit" element={<WorkflowEditorPage />} />
      <Route path="/b/:bucket/workflows" element={<p>Workflows</p>} />
    </Routes>,
    "/b/lab/workflows/edit",
  );

const save = () => screen.getByRole<HTMLButtonElement>("button", { name: "Save" });

test("a configuration is saved after it was tested on all packages, its schemas first", async () => {
  const { user, address } = open();
  await writeText("Configuration", CONFIG.replace("name: W", "name: Wine"));
  expect(save().disabled).toBe(true);
  await user.click(await screen.findByRole("button", { name: "s" }));
  const editor = await editorOf("Schema s3://lab/s.json");
  await writeText("Schema s3://lab/s.json", '{"required": ["season"]}');
  expect(await editorOf("Schema s3://lab/s.json")).toBe(editor);
  await user.click(screen.getByRole("button", { name: "Test" }));
  expect(await screen.findByText("1 of 2 packages would pass.")).toBeTruthy();
  const [, poor] = within(screen.getByRole("list", { name: "Packages" })).getAllByRole("listitem");
  expect(poor?.textContent).toContain("amy/poor w/metadata 'season' is a required property");
  expect(tried.map(each => [each.cursor, each.schemas["s3://lab/s.json"]])).toEqual([
    [null, '{"required": ["season"]}'],
    ["more", '{"required": ["season"]}'],
  ]);
  await user.click(save());
  await waitFor(() => expect(address()).toBe("/b/lab/workflows"));
  expect(written.map(each => [each.path, each.condition])).toEqual([
    ["s.json", '"2"'],
    [".quilt/workflows/config.yml", '"1"'],
  ]);
  expect(written[1]?.body).toContain("name: Wine");
});

test("what would refuse pushes cannot be saved, and a change needs another test", async () => {
  problems = ["Schema 's' does not exist: s3://lab/s.json"];
  const { user } = open();
  await writeText("Configuration", `${CONFIG}# one\n`);
  await user.click(screen.getByRole("button", { name: "Test" }));
  expect(await screen.findByText(/must be repaired before this can be saved/)).toBeTruthy();
  expect(save().disabled).toBe(true);
  problems = [];
  await user.click(screen.getByRole("button", { name: "Test" }));
  await waitFor(() => expect(save().disabled).toBe(false));
});

test("a new schema is named in the configuration", async () => {
  const { user } = open();
  await user.click(await screen.findByRole("button", { name: "New schema…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.type(dialog.getByRole("textbox", { name: "Name" }), "files");
  await user.click(dialog.getByRole("button", { name: "Write it" }));
  await screen.findByRole("button", { name: "files" });
  await user.click(screen.getByRole("button", { name: "Test" }));
  await waitFor(() => expect(tried).toHaveLength(2));
  const url = "s3://lab/.quilt/workflows/schemas/files.json";
  expect(tried[0]?.config).toContain(url);
  expect(tried[0]?.schemas[url]).toContain("draft-07");
});

test("schemas that were saved before something failed are named, and what is left is saved later", async () => {
  const { user, address } = open();
  await writeText("Configuration", `${CONFIG}# one\n`);
  await user.click(screen.getByRole("button", { name: "s" }));
  await editorOf("Schema s3://lab/s.json");
  await writeText("Schema s3://lab/s.json", '{"required": ["season"]}');
  const test = () => user.click(screen.getByRole("button", { name: "Test" }));
  await test();
  await waitFor(() => expect(save().disabled).toBe(false));
  server.use(http.put(`${BUCKET}/.quilt/*`, () => new HttpResponse("", { status: 503 }), { once: true }));
  await user.click(save());
  expect((await screen.findByText(/Saved and in effect already/)).textContent).toContain("s3://lab/s.json");
  expect(save().disabled).toBe(true);
  await test();
  await waitFor(() => expect(save().disabled).toBe(false));
  await user.click(save());
  await waitFor(() => expect(address()).toBe("/b/lab/workflows"));
  expect(written.map(each => each.path)).toEqual(["s.json", ".quilt/workflows/config.yml"]);
});
