import { expect, test } from "vitest";
import { choiceFor, choiceOf, faultOf, specOf } from "./spec";

const COLUMNS = [
  { name: "region", type: "string" },
  { name: "day", type: "date" },
  { name: "litres", type: "integer" },
  { name: "must.weight", type: "number" },
];

test("the first chart suits the types of the columns", () => {
  const named = (...names: string[]) => COLUMNS.filter(({ name }) => names.includes(name));
  expect(choiceFor(named("region", "litres"), 5)).toMatchObject({ mark: "bar", x: "region", y: "litres" });
  expect(choiceFor(named("region", "litres"), 500).aggregate).toBe("sum");
  expect(choiceFor(COLUMNS, 5)).toMatchObject({ mark: "line", x: "day", y: "litres", colour: "region" });
  expect(choiceFor(named("litres", "must.weight"), 5)).toMatchObject({ mark: "point", aggregate: "" });
  expect(choiceFor(named("region"), 5)).toMatchObject({ mark: "bar", x: "region", aggregate: "count" });
});

test("the controls are found again in the chart that they made, whatever names the columns have", () => {
  const choices = [
    { mark: "bar", x: "region", y: "must.weight", colour: null, aggregate: "mean" },
    { mark: "line", x: "day", y: "litres", colour: "region", aggregate: "" },
    { mark: "arc", x: "region", y: "litres", colour: null, aggregate: "sum" },
    { mark: "point", x: "litres", y: "must.weight", colour: "region", aggregate: "" },
  ] as const;
  for (const choice of choices) expect(choiceOf(specOf(choice, COLUMNS), COLUMNS)).toEqual(choice);
  const spec = specOf(choices[0], COLUMNS);
  expect(choiceOf({ ...spec, title: "Wine" }, COLUMNS)).toBeNull();
  expect(JSON.stringify(spec)).toContain(JSON.stringify(String.raw`must\.weight`));
});

test("a chart brings no data, no addresses and no links of its own", () => {
  const encoding = { x: { field: "a" } };
  expect(faultOf({ mark: "bar", encoding })).toBeNull();
  expect(faultOf({ layer: [{ mark: "bar", encoding }] })).toBeNull();
  expect(faultOf({ mark: "bar", encoding, data: { url: "https://example.org/x.csv" } })).toContain("/data");
  expect(faultOf({ mark: "image", encoding: { url: { field: "a" } } })).toContain("/encoding/url");
  expect(faultOf({ layer: [{ mark: "bar", transform: [{ lookup: "a", from: { data: {} } }] }] })).toContain(
    "/layer/0/transform/0/from/data",
  );
  expect(faultOf({ mark: "text", encoding: { href: { value: "javascript:alert(1)" } } })).toContain("href");
  expect(faultOf([])).toContain("JSON object");
  expect(faultOf({ title: "none" })).toContain("mark");
});
