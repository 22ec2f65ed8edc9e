import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { parseJson } from "@/lib/json";
import type { Meta } from "@/lib/metadata";
import { MetaChanges } from "./MetaChanges";

const show = (before: string, after: string) =>
  render(<MetaChanges before={parseJson(before) as Meta} after={parseJson(after) as Meta} />);
const rows = () =>
  screen
    .getAllByRole("row")
    .slice(1)
    .map(row => [...row.children].map(cell => cell.textContent));

test("numbers that differ in their last digit or in how they are written are changes", () => {
  show(
    '{"id":9007199254740992,"v":1,"same":1.0,"list":[1e400]}',
    '{"id":9007199254740993,"v":1.0,"same":1.0,"list":[1e401]}',
  );
  expect(rows()).toEqual([
    ["id", "9007199254740992", "9007199254740993"],
    ["v", "1", "1.0"],
    ["list", "[1e400]", "[1e401]"],
  ]);
});

test("values of repeated names are compared one by one", () => {
  show('{"a":1,"a":2}', '{"a":1,"a":-0}');
  expect(rows()).toEqual([["a", "2", "-0"]]);
});

test("another order of names is no change", () => {
  show('{"b":{"c":1,"d":2.0},"a":[{"x":1,"y":2}]}', '{"a":[{"y":2,"x":1}],"b":{"d":2.0,"c":1}}');
  expect(screen.getByText("The same on both sides.")).toBeTruthy();
});
