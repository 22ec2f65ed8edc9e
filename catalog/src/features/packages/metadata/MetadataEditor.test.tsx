import { createEvent, fireEvent, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, S3_PROXY, server } from "@/testing/server";
import { CreatePackagePage } from "../create/CreatePackagePage";

const LAB = `${REGISTRY}/api/v1/buckets/lab`;
const SCHEMA = {
  type: "object",
  required: ["season"],
  properties: {
    note: { type: "string", description: "What is worth knowing." },
    season: { type: "integer", title: "Season" },
    kind: { enum: ["red", "white"] },
    open: { type: "boolean" },
    tags: { type: "array", items: { type: "string" } },
    rooms: { type: "array", items: { enum: ["cellar", "loft"] } },
    site: { type: "object", properties: { height: { type: "number" } } },
    people: { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
    free: { oneOf: [{ type: "string" }, { type: "number" }] },
  },
};

let checked: { metadata: Record<string, unknown> | null }[];

beforeEach(() => {
  checked = [];
  sessionStorage.clear();
  server.use(
    http.get(LAB, () => HttpResponse.json({ name: "lab", level: "READ_WRITE" })),
    http.get(`${LAB}/workflows`, () =>
      HttpResponse.json({
        ...{ config: "s3://lab/c", required: true, default: "w", problems: [], successors: [] },
        workflows: [{ id: "w", name: "W", metadata_schema: "harvest", entries_schema: null }],
        schemas: [{ id: "harvest", url: "s3://lab/harvest.json" }],
      }),
    ),
    http.post(`${LAB}/workflows/check`, async ({ request }) => {
      const push = (await request.json()) as (typeof checked)[number];
      checked.push(push);
      const violations =
        push.metadata?.season === undefined
          ? [{ path: "/metadata", message: "'season' is a required property" }]
          : push.metadata.season === 1800
            ? [{ path: "/metadata/season", message: "1800 is less than the minimum of 1900" }]
            : [];
      return HttpResponse.json({ valid: violations.length === 0, workflow: "w", violations, complete: true });
    }),
    http.get(`${LAB}/packages/amy/new`, () => HttpResponse.json({ status: 404, title: "" }, { status: 404 })),
    http.get(`${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/harvest.json`, () => HttpResponse.json(SCHEMA)),
    http.get(`${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/`, () => HttpResponse.xml("<ListBucketResult/>")),
  );
});

async function open() {
  const page = renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/new" element={<CreatePackagePage />} />
    </Routes>,
    "/b/lab/new",
  );
  await page.user.type(await screen.findByRole("textbox", { name: "Name" }), "amy/new");
  await screen.findByRole("textbox", { name: "Season (required)" });
  return page;
}

const last = () => checked.at(-1)?.metadata;
const group = () => screen.getByRole("group", { name: "Package metadata" });

test("a form has the fields of the schema, and the workflow's mistakes at them", async () => {
  const { user } = await open();
  const season = screen.getByRole("textbox", { name: "Season (required)" });
  expect(await within(group()).findByText("This is required.")).toBeTruthy();
  await user.type(season, "18x");
  expect(within(group()).getByText("“18x” is not a whole number.")).toBeTruthy();
  await user.clear(season);
  await user.type(season, "1800");
  expect(await within(group()).findByText(/less than the minimum/)).toBeTruthy();
  await user.clear(season);
  await user.type(season, "2026");
  await user.selectOptions(screen.getByRole("combobox", { name: "kind" }), "white");
  await user.selectOptions(screen.getByRole("combobox", { name: "open" }), "Yes");
  await user.type(screen.getByRole("textbox", { name: "tags" }), "dry{Enter}late");
  await user.click(screen.getByRole("checkbox", { name: "loft" }));
  await user.type(screen.getByRole("textbox", { name: "height" }), "412.50");
  await user.click(screen.getByRole("button", { name: "Add people" }));
  await user.type(screen.getByRole("textbox", { name: "name" }), "Amy");
  await waitFor(() =>
    expect(last()).toEqual({
      season: 2026,
      kind: "white",
      open: true,
      tags: ["dry", "late"],
      rooms: ["loft"],
      site: { height: 412.5 },
      people: [{ name: "Amy" }],
    }),
  );
  const { violations } = await axe.run(group());
  expect(violations.map(each => each.id)).toEqual([]);
});

test("the form and the JSON are the same metadata", async () => {
  const { user } = await open();
  await user.type(screen.getByRole("textbox", { name: "Season (required)" }), "2026");
  await user.click(screen.getByRole("button", { name: "JSON" }));
  const field = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Package metadata" });
  expect(field.value).toBe('{\n  "season": 2026\n}');
  fireEvent.change(field, { target: { value: '{"season": 2025, "other": 1.50, "free": {"a": [1]}}' } });
  await user.click(screen.getByRole("button", { name: "Form" }));
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "other" }).value).toBe("1.50");
  await user.click(screen.getByRole("button", { name: "Remove other" }));
  await waitFor(() => expect(last()).toEqual({ season: 2025, free: { a: [1] } }));
});

test("a spreadsheet that is dropped on the form fills it, is not uploaded, and what does not fit is named", async () => {
  await open();
  const file = new File(["season;kind;tags;site.height\n2026;blue;dry, late;400\n"], "wine.csv");
  const drop = createEvent.drop(group(), { dataTransfer: { files: [file], types: ["Files"], items: [] } });
  fireEvent(group(), drop);
  const said = await screen.findByText(/wine\.csv: 4 fields filled\./);
  expect(said.textContent).toContain("kind: “blue” is not one of red, white, and was taken as it is.");
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Season (required)" }).value).toBe("2026");
  await waitFor(() =>
    expect(last()).toEqual({ season: 2026, kind: "blue", tags: ["dry", "late"], site: { height: 400 } }),
  );
  expect(screen.queryByText(/will be uploaded/)).toBeNull();
});

test("a value that does not fit its field stays JSON while it is typed", async () => {
  const { user } = await open();
  await user.click(screen.getByRole("button", { name: "JSON" }));
  const all = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Package metadata" });
  fireEvent.change(all(), { target: { value: '{"season": 2025, "note": [1]}' } });
  await user.click(screen.getByRole("button", { name: "Form" }));
  const note = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "note" });
  await user.clear(note());
  await user.type(note(), "[[1, 2");
  expect(note().value).toBe("[1, 2");
  expect(within(group()).getByText("This is not JSON yet: it does not count.")).toBeTruthy();
  await user.type(note(), "]");
  await waitFor(() => expect(last()).toEqual({ season: 2025, note: [1, 2] }));
});

test("JSON that becomes right while it is typed stays JSON", async () => {
  const { user } = await open();
  await user.click(screen.getByRole("button", { name: "JSON" }));
  const all = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Package metadata" });
  await user.type(all(), '{{"season": 2025');
  await user.click(screen.getByRole("button", { name: "Form" }));
  expect(all().value).toBe('{"season": 2025');
  await user.type(all(), "}");
  expect(all().value).toBe('{"season": 2025}');
});
