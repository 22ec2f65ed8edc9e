import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { CreatePackagePage } from "./CreatePackagePage";

const LAB = `${REGISTRY}/api/v1/buckets/lab`;
const TAKEN = ["amy/taken"];

let pushed: { entries: unknown[] }[] = [];
let stored: string[] = [];
let occupied = "";

beforeEach(() => {
  [pushed, stored, occupied] = [[], [], ""];
  sessionStorage.clear();
  server.use(
    http.get(LAB, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.get(`${LAB}/workflows`, () => HttpResponse.json({ config: null, workflows: [] })),
    http.get(`${LAB}/packages/:author/:name`, ({ params }) =>
      TAKEN.includes(`${String(params.author)}/${String(params.name)}`)
        ? HttpResponse.json({ name: "amy/taken", latest: {}, revisions: 1 })
        : HttpResponse.json({ title: "Not found", status: 404, detail: "No such package" }, { status: 404 }),
    ),
    http.post(`${LAB}/packages/:author/:name/revisions`, async ({ request }) => {
      pushed.push((await request.json()) as { entries: unknown[] });
      return HttpResponse.json({ title: "Refused", status: 400, detail: "That is enough." }, { status: 400 });
    }),
    http.get(`${S3_PROXY}/*`, () =>
      HttpResponse.xml(`<ListBucketResult><IsTruncated>false</IsTruncated>${occupied}</ListBucketResult>`),
    ),
    http.put(`${S3_PROXY}/*`, ({ request }) => {
      stored.push(new URL(request.url).pathname);
      return new HttpResponse(null, { headers: { ETag: '"1"' } });
    }),
  );
});

const open = () =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/new" element={<CreatePackagePage />} />
    </Routes>,
    "/b/lab/new",
  );

const nameField = () => screen.findByRole<HTMLInputElement>("textbox", { name: "Name" });
const create = () => screen.getByRole("button", { name: "Create the package" });
const file = (name: string) => new File(["x"], name);

async function upload(user: ReturnType<typeof open>["user"], name: string) {
  await screen.findByRole("button", { name: "Upload" });
  await user.upload(screen.getByLabelText("Files to upload"), file(name));
}

test("a name that is taken is said at once, and nothing can be uploaded or pushed", async () => {
  const { user } = open();
  await user.type(await nameField(), "amy/taken");
  await screen.findByText(/A package amy\/taken exists already/);
  expect(screen.queryByRole("button", { name: "Upload" })).toBeNull();
  expect(create().hasAttribute("disabled")).toBe(true);
  expect(screen.getByRole("link", { name: "revise that package" })).toBeTruthy();
});

test("files go into the package's own folder", async () => {
  const { user } = open();
  await user.type(await nameField(), "amy/new");
  await upload(user, "a.csv");
  await screen.findByText("a.csv", { selector: "[title]" });
  expect(stored).toEqual(["/lab.s3.us-east-1.amazonaws.com/amy/new/a.csv"]);
});

test("objects that are in the folder already are not overwritten", async () => {
  occupied =
    "<Contents><Key>amy/new/a.csv</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>";
  const { user } = open();
  await user.type(await nameField(), "amy/new");
  await upload(user, "a.csv");
  await screen.findByText("a.csv", { selector: "[title]" });
  expect(stored).toHaveLength(1);
  expect(stored[0]).toMatch(/\/amy\/new\/[\dTZ-]+\/a\.csv$/);
});

test("a package without files is asked about", async () => {
  const { user } = open();
  await user.type(await nameField(), "amy/new");
  await user.click(create());
  const dialog = await screen.findByRole("dialog");
  expect(pushed).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Create it empty" }));
  await waitFor(() => expect(pushed).toMatchObject([{ entries: [] }]));
});

test("what was filled in is kept until the package is made", async () => {
  const first = open();
  await first.user.type(await nameField(), "amy/new");
  await first.user.type(screen.getByRole("textbox", { name: "Message" }), "First");
  first.unmount();
  const { user } = open();
  expect((await nameField()).value).toBe("amy/new");
  expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" }).value).toBe("First");
  await user.click(screen.getByRole("button", { name: "Begin again" }));
  expect((await nameField()).value).toBe("");
});

test("a push that the workflow would refuse cannot be started", async () => {
  const config = { id: "strict", name: "Strict", is_message_required: true, description: null };
  server.use(
    http.get(`${LAB}/workflows`, () =>
      HttpResponse.json({
        config: "s3://lab/x",
        default: "strict",
        required: true,
        workflows: [config],
        schemas: [],
      }),
    ),
    http.post(`${LAB}/workflows/check`, async ({ request }) => {
      const valid = ((await request.json()) as { message: string | null }).message !== null;
      const violations = valid ? [] : [{ path: "message", message: "A message is required" }];
      return HttpResponse.json({ valid, violations, complete: true, workflow: "strict" });
    }),
  );
  const { user } = open();
  await user.type(await nameField(), "amy/new");
  await screen.findByText(/would refuse this push/);
  expect(create().hasAttribute("disabled")).toBe(true);
  await user.type(screen.getByRole("textbox", { name: "Message (required)" }), "Why");
  await screen.findByText(/accepts this push/);
  expect(create().hasAttribute("disabled")).toBe(false);
});
