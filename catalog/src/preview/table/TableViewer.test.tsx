import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";
import { bucketPlace } from "@/preview/place";
import { Preview } from "@/preview/Preview";
import { renderSignedIn } from "@/testing/render";
import { answersAt, problem, renderPreview, tableAnswer } from "@/testing/preview";
import type { Cell, ColumnStatistics } from "../answers";

const COLUMNS = [
  { name: "region", type: "string", source_type: "VARCHAR" },
  { name: "litres", type: "integer", source_type: "INT64" },
];
const TOTAL = 10_000;
const rowOf = (index: number): Cell[] => [index % 7 === 3 ? null : `R${index}`, index * 10];
const rows = (offset: number, count: number) =>
  Array.from({ length: count }, (_, index) => rowOf(offset + index));

const answer = tableAnswer({ columns: COLUMNS, rows: rows(0, 100), total: TOTAL, complete: false });

const LITRES: ColumnStatistics = {
  name: "litres",
  type: "integer",
  count: TOTAL,
  nulls: 0,
  distinct: TOTAL,
  min: 0,
  max: 99_990,
  mean: 49_995,
  quantiles: { "0.25": 25_000, "0.5": 50_000, "0.75": 75_000 },
  histogram: [
    [0, 50_000, 5_000],
    [50_000, 99_990, 5_000],
  ],
};
const REGION: ColumnStatistics = {
  name: "region",
  type: "string",
  count: 8_000,
  nulls: 2_000,
  distinct: 8_000,
  top: [["R1", 1]],
};

let asked: URLSearchParams[];

beforeEach(() => {
  asked = answersAt("rows", query => {
    const offset = Number(query.get("offset"));
    const where = query.get("where");
    const names =
      (JSON.parse(query.get("columns") ?? "null") as string[] | null) ?? COLUMNS.map(({ name }) => name);
    const places = names.map(name => COLUMNS.findIndex(column => column.name === name));
    const total = where ? 2 : TOTAL;
    return {
      reader: "csv/1",
      size: 1_000,
      read_bytes: 10,
      complete: false,
      columns: places.map(place => COLUMNS[place]),
      rows: rows(offset, Math.min(100, total - offset)).map(row => places.map(place => row[place])),
      offset,
      total,
    };
  });
  answersAt("stats", () => ({ ...answer, total: TOTAL, columns: [REGION, LITRES] }));
});

const grid = () => screen.findByRole("grid", { name: "Table of wine.csv" });
const cells = (row: HTMLElement) =>
  within(row)
    .getAllByRole("gridcell")
    .map(cell => cell.textContent);

test("the first rows come with the preview, and are asked for once", async () => {
  renderPreview(answer);
  const table = await grid();
  expect(table.getAttribute("aria-rowcount")).toBe(String(TOTAL + 1));
  expect(cells(within(table).getByRole("row", { name: /^1 / }))).toEqual(["R0", "0"]);
  expect(cells(within(table).getByRole("row", { name: /^4 / }))).toEqual(["missing", "30"]);
  expect(screen.getByText("10,000 rows, 2 columns")).toBeTruthy();
  expect(asked).toEqual([]);
});

test("rows at the end are fetched when the keyboard goes there", async () => {
  const page = renderPreview(answer);
  const table = await grid();
  table.focus();
  await page.user.keyboard("{Control>}{End}{/Control}");
  await waitFor(() => expect(within(table).getByText("99990")).toBeTruthy());
  expect(table.getAttribute("aria-activedescendant")).toBe(within(table).getByText("99990").id);
  expect(asked.map(query => query.get("offset"))).toContain("9900");
  expect(asked[0]?.get("version_id")).toBe("v1");
});

test("heads have what is known about all rows, and a bar filters", async () => {
  const page = renderPreview(answer);
  const table = await grid();
  const region = await within(table).findByText("20 % missing");
  expect(region).toBeTruthy();
  await page.user.click(within(table).getByTitle("50,000 – 99,990: 5,000"));
  await waitFor(() => expect(screen.getByText("2 rows of 10,000, 2 columns")).toBeTruthy());
  expect(asked.at(-1)?.get("where")).toBe('[["litres",">=",50000],["litres","<=",99990]]');
  expect(page.address()).toContain("where=");
  await page.user.click(screen.getByRole("button", { name: "Remove the filter litres ≥ 50000" }));
  await waitFor(() => expect(asked.at(-1)?.get("where")).toBe('[["litres","<=",99990]]'));
});

test("a press on a head sorts all rows, and the address keeps it", async () => {
  const page = renderPreview(answer);
  await page.user.click(await screen.findByRole("button", { name: "litres" }));
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe('["litres"]'));
  await page.user.click(screen.getByRole("button", { name: "litres" }));
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe('["-litres"]'));
  expect(page.address()).toBe("/?sort=-litres");
  expect(screen.getByRole("columnheader", { name: /litres/ }).getAttribute("aria-sort")).toBe("descending");
});

test("a page's address opens the table as it was", async () => {
  renderPreview(answer, {
    at: '/?sort=region&columns=%5B"litres"%5D&where=%5B%5B"region","contains","R1"%5D%5D',
  });
  const table = await grid();
  await waitFor(() => expect(asked[0]?.get("columns")).toBe('["litres"]'));
  expect(asked[0]?.get("where")).toBe('[["region","contains","R1"]]');
  expect(within(table).getAllByRole("columnheader")).toHaveLength(2);
  expect(screen.getByText("2 rows of 10,000, 1 of 2 columns")).toBeTruthy();
});

test("a column's panel filters by what is typed, by the keyboard alone", async () => {
  const page = renderPreview(answer);
  const table = await grid();
  table.focus();
  await page.user.keyboard("{ArrowUp}{ArrowRight} ");
  const details = await screen.findByRole("region", { name: "Details" });
  expect(await within(details).findByText("49,995")).toBeTruthy();
  await page.user.selectOptions(within(details).getByLabelText("Rows where it"), "at least");
  await page.user.type(within(details).getByLabelText("Value"), "9007199254740993");
  await page.user.click(within(details).getByRole("button", { name: "Filter" }));
  await waitFor(() => expect(asked.at(-1)?.get("where")).toBe('[["litres",">=","9007199254740993"]]'));
});

test("a cell is shown whole, and leads to rows like it", async () => {
  const page = renderPreview(answer);
  const table = await grid();
  await page.user.dblClick(within(table).getByText("R5"));
  const details = await screen.findByRole("region", { name: "Details" });
  expect(within(details).getByText("Row 6, string")).toBeTruthy();
  await page.user.click(within(details).getByRole("button", { name: "Only rows like this" }));
  await waitFor(() => expect(asked.at(-1)?.get("where")).toBe('[["region","=","R5"]]'));
});

test("columns are left out, and come back", async () => {
  const page = renderPreview(answer);
  await page.user.click(await screen.findByRole("button", { name: "Columns" }));
  await page.user.click(screen.getByRole("checkbox", { name: "region" }));
  expect(await screen.findByText("10,000 rows, 1 of 2 columns")).toBeTruthy();
  await page.user.click(screen.getByRole("button", { name: "Show all" }));
  expect(await screen.findByText("10,000 rows, 2 columns")).toBeTruthy();
});

test("another sheet is asked for by its name", async () => {
  const page = renderPreview(query => ({
    ...answer,
    tables: ["First", "Second"],
    table: query.get("table") ?? "First",
    rows: [[query.get("table") ?? "First", 1]],
    total: 1,
  }));
  await page.user.selectOptions(await screen.findByLabelText("Table of the file"), "Second");
  expect(await screen.findByRole("gridcell", { name: "Second" })).toBeTruthy();
  expect(page.address()).toBe("/?table=Second");
});

test("rows that fail are explained, and asked for again", async () => {
  let fails = true;
  const good = answersAt("rows", () =>
    fails
      ? problem(422, "unreadable", "The file ends in the middle of a row group.")
      : { ...answer, offset: 0, rows: rows(0, 2), total: 2 },
  );
  const page = renderPreview(answer, { at: "/?sort=region" });
  expect(await screen.findByText("The file ends in the middle of a row group.")).toBeTruthy();
  fails = false;
  await page.user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("2 rows, 2 columns")).toBeTruthy();
  expect(good).toHaveLength(2);
});

test("statistics of a large file are computed when somebody wants them", async () => {
  const computed = answersAt("stats", () =>
    HttpResponse.json({ ...answer, total: TOTAL, columns: [REGION, LITRES] }),
  );
  const page = renderPreview(answer, { size: 4_000_000_000 });
  await page.user.click(await screen.findByRole("button", { name: "Statistics of 4.00 GB" }));
  expect(await screen.findByText("20 % missing")).toBeTruthy();
  expect(computed).toHaveLength(1);
});

test("a table whose length is not known goes on as rows are found", async () => {
  renderPreview({ ...answer, total: null });
  const table = await grid();
  expect(table.getAttribute("aria-rowcount")).toBe("-1");
  expect(screen.getByText(/rows and more, 2 columns/)).toBeTruthy();
});

test("a table in a package leads to a statement that reads its file", async () => {
  answersAt("preview", () => answer);
  const source = { bucket: "lab", package: "amy/wine", revision: "ab".repeat(32), path: "data/wine.csv" };
  renderSignedIn(
    <Preview
      source={source}
      target={{ bucket: "lab", key: "wine.csv" }}
      name={source.path}
      size={1_000}
      place={bucketPlace("lab", source.path)}
    />,
  );
  const href = (await screen.findByRole("link", { name: "SQL" })).getAttribute("href") ?? "";
  expect(new URLSearchParams(href.split("?")[1]).get("sql")).toBe(
    `SELECT *\nFROM package('lab/amy/wine@${source.revision}', 'data/wine.csv')\nLIMIT 100`,
  );
});
