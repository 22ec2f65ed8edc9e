import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { RevisePage } from "./RevisePage";

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
    http.get(`${PACKAGE}/revisions/${HASH}/entries`, () => json(`{"items":[${file}],"next":null}`)),
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
