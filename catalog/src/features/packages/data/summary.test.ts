import { expect, test } from "vitest";
import { MAX_SUMMARY_FILES, parseSummary } from "./summary";

const AT = "reports/quilt_summarize.json";
const parse = (value: unknown) => parseSummary(JSON.stringify(value), AT);
const first = (value: unknown) => {
  const { rows, problems } = parse(value);
  expect(problems).toEqual([]);
  return rows[0]?.[0];
};

test("rows are files or arrays of files, named relative to the document", () => {
  const { rows, problems } = parse(["a.csv", ["../b.csv", { path: "deep/c d.json" }], "/top.md", "50%?.csv"]);
  expect(problems).toEqual([]);
  expect(rows.map(row => row.map(({ reference }) => reference))).toEqual([
    [{ kind: "path", path: "reports/a.csv" }],
    [
      { kind: "path", path: "b.csv" },
      { kind: "path", path: "reports/deep/c d.json" },
    ],
    [{ kind: "path", path: "top.md" }],
    [{ kind: "path", path: "reports/50%?.csv" }],
  ]);
});

test("a file has what Quilt documents: title, description, width and whether it is expanded", () => {
  expect(first([{ path: "a.csv", title: "A", description: "*all*", width: 2.5, expand: true }])).toEqual({
    reference: { kind: "path", path: "reports/a.csv" },
    title: "A",
    description: "*all*",
    isExpanded: true,
    width: 2.5,
    height: null,
    view: {},
  });
  expect(first([{ path: "a.csv", expanded: true, width: "200px" }])).toMatchObject({
    isExpanded: true,
    width: "min(200px, 4000px)",
  });
  expect(first(["a.csv"])).toMatchObject({ title: null, isExpanded: false, width: 1 });
});

test.each([
  [["echarts"], { as: "echarts" }, null],
  [[{ name: "vega", style: { height: "80vh" } }], { as: "vega" }, "min(80vh, 4000px)"],
  [["igv"], { as: "igv" }, null],
  [["jupyter"], { as: "notebook" }, null],
  [["perspective"], { as: "table" }, null],
  [["json", "echarts"], { as: "json" }, null],
])("the types %j are a view", (types, view, height) => {
  expect(first([{ path: "a.json", types }])).toMatchObject({ view, height });
});

test.each(["config", "restore"])(
  "columns, order and filters of a grid of Perspective are kept from its %s",
  name => {
    const saved = {
      columns: ["site", "count"],
      sort: [["count", "desc"]],
      filter: [
        ["site", "==", "Ahr"],
        ["count", "is not null", null],
      ],
      plugin: "Datagrid",
      settings: true,
      theme: "Material Light Mono",
    };
    expect(first([{ path: "a.csv", types: [{ name: "perspective", [name]: saved }] }])?.view).toEqual({
      as: "table",
      columns: '["site","count"]',
      sort: "-count",
      where: '[["site","=","Ahr"],["count","null",false]]',
    });
  },
);

test("what the catalog's table does not have of Perspective is said", () => {
  const config = { group_by: ["site"], plugin: "Y Bar", filter: [["site", "begins with", "A"]] };
  const { problems, rows } = parse([{ path: "a.csv", types: [{ name: "perspective", config }] }]);
  expect(rows[0]?.[0]?.view).toEqual({ as: "table" });
  expect(problems.map(({ where }) => where)).toEqual(["row 1, types", "row 1, types", "row 1, types"]);
  expect(problems.map(({ message }) => message).join(" ")).toMatch(/filters.*Groups.*Y Bar/);
});

test("a mistake is named with its place, and everything else is kept", () => {
  const { rows, problems } = parse([
    "good.csv",
    { title: "no path" },
    ["also good.csv", 7, { path: "x.csv", width: "wide", height: "3px" }],
    "https://example.com/a.csv",
    "../../outside.csv",
    { path: "y.json", types: ["hologram"] },
    { path: "z.ipynb", types: ["voila"], expand: "yes" },
  ]);
  expect(problems.map(({ where }) => where)).toEqual([
    "row 2",
    "row 3, column 2",
    "row 3, column 3, height",
    "row 3, column 3, width",
    "row 4",
    "row 5",
    "row 6, types",
    "row 7, types",
    "row 7, expand",
  ]);
  expect(rows.map(row => row.length)).toEqual([1, 2, 1, 1]);
  expect(rows[1]?.[1]).toMatchObject({ width: 1 });
});

test.each([
  ['[\n  "a.csv",\n  oops\n]', "line 3, column 3"],
  ['{"path": "a.csv"}', "the whole document"],
  ["", "line 1, column 1"],
])("the document %j is refused with the place", (text, where) => {
  const { rows, problems } = parseSummary(text, AT);
  expect(rows).toEqual([]);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.where).toBe(where);
});

test("an object of S3 is kept as its address", () => {
  expect(first(["s3://other/a.csv?versionId=v1"])?.reference).toEqual({
    kind: "object",
    uri: "s3://other/a.csv?versionId=v1",
  });
});

test("too many files and columns are cut, and it is said", () => {
  const many = parse(Array.from({ length: MAX_SUMMARY_FILES + 5 }, (_, index) => `${index}.csv`));
  expect(many.rows).toHaveLength(MAX_SUMMARY_FILES);
  expect(many.problems).toHaveLength(1);
  const wide = parse([Array.from({ length: 20 }, (_, index) => `${index}.csv`)]);
  expect(wide.rows[0]).toHaveLength(12);
  expect(wide.problems).toEqual([{ where: "row 1", message: "Only the first 12 columns are shown." }]);
});
