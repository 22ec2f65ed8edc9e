import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import type { SqlQuery } from "@/api/sqlQueries";
import { answerQuery, answerRows, queryOf } from "@/testing/queries";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { CompareRowsPage } from "./CompareRowsPage";

const [BASE, HEAD] = ["0a".repeat(32), "0b".repeat(32)];
const COLUMNS = ["$change", "region", "litres", "$before.litres", "$changed"].map(name => ({
  name,
  type: name.includes("litres") ? "integer" : "string",
  source_type: "",
}));
const ROWS = [
  ["added", "Nahe", 50, null, null],
  ["removed", "Ahr", 1_200, null, null],
  ["changed", "Mosel", 900, 800, ["litres"]],
];
const DIFFERENCE: SqlQuery["difference"] = {
  keys: ["region"],
  added: 1,
  removed: 1,
  changed: 1,
  same: 40,
  added_columns: ["note"],
  removed_columns: [],
  cells: { litres: 1 },
  types: {},
};

let posted: object[];
let asked: URLSearchParams[];

beforeEach(() => {
  posted = [];
  const query = queryOf({
    kind: "row_difference",
    columns: COLUMNS,
    first_rows: ROWS,
    rows: 3,
    difference: DIFFERENCE,
  });
  server.use(
    http.post(`${REGISTRY}/api/v1/buckets/lab/packages/amy/wine/row-differences`, async ({ request }) => {
      posted.push((await request.json()) as object);
      return HttpResponse.json(query, { status: 202 });
    }),
  );
  answerQuery(query);
  asked = answerRows("q1", () => ({ columns: COLUMNS, rows: [ROWS[2] ?? []], total: 1 }));
});

const show = (more = "") =>
  renderSignedIn(
    <Routes>
      <Route path="/b/:bucket/packages/:author/:name/compare/rows" element={<CompareRowsPage />} />
    </Routes>,
    `/b/lab/packages/amy/wine/compare/rows?path=data/a.csv&base=${BASE}&head=${HEAD}${more}`,
  );
const rows = () =>
  within(screen.getByRole("grid", { name: "Rows that differ" }))
    .getAllByRole("row")
    .slice(1)
    .map(row =>
      within(row)
        .getAllByRole("gridcell")
        .map(cell => cell.textContent),
    );

test("rows that differ are counted, and changed cells have both values", async () => {
  show();
  expect(await screen.findByRole("button", { name: "1 changed" })).toBeTruthy();
  expect(posted).toEqual([{ path: "data/a.csv", head: HEAD, base: BASE }]);
  expect(rows()).toEqual([
    ["added", "Nahe", "50"],
    ["removed", "Ahr", "1200"],
    ["changed", "Mosel", "800 → 900"],
  ]);
  expect(screen.getByText("the same").textContent).toBe("40 the same");
  expect(screen.getByText("note")).toBeTruthy();
  expect(screen.getByText("litres · 1")).toBeTruthy();
});

test("a kind of change is shown alone, and all kinds again", async () => {
  const { user } = show();
  const changed = await screen.findByRole("button", { name: "1 changed" });
  await user.click(changed);
  await waitFor(() => expect(asked.at(-1)?.get("where")).toBe('[["$change","=","changed"]]'));
  await waitFor(() => expect(rows()).toEqual([["changed", "Mosel", "800 → 900"]]));
  expect(changed.getAttribute("aria-pressed")).toBe("true");
  await user.click(changed);
  await waitFor(() => expect(rows()).toHaveLength(3));
});

test("rows are matched by other columns when somebody chooses them", async () => {
  const { user, address } = show();
  await user.click(await screen.findByRole("button", { name: "Rows by region" }));
  await user.click(await screen.findByRole("checkbox", { name: "litres" }));
  await user.click(screen.getByRole("button", { name: "Compare by 2 columns" }));
  await waitFor(() => expect(posted).toHaveLength(2));
  expect(posted[1]).toMatchObject({ keys: ["region", "litres"] });
  expect(address()).toContain("key=region&key=litres");
});

test("a table that cannot be compared says why", async () => {
  server.use(
    http.post(`${REGISTRY}/api/v1/buckets/lab/packages/amy/wine/row-differences`, () =>
      HttpResponse.json(
        { title: "Not found", status: 404, detail: "There is no data/a.csv." },
        { status: 404 },
      ),
    ),
  );
  show();
  expect((await screen.findByRole("alert")).textContent).toContain("There is no data/a.csv.");
});

test("an address without two revisions leads back to the comparison", async () => {
  renderSignedIn(<CompareRowsPage />, "/b/lab/packages/amy/wine/compare/rows");
  expect(await screen.findByRole("link", { name: "Compare the revision with another" })).toBeTruthy();
});
