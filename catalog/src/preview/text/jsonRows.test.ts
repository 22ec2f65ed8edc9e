import { expect, test } from "vitest";
import { JsonRows } from "./jsonRows";

const rowsOf = (text: string) => new JsonRows(new TextEncoder().encode(text));

const shown = (tree: JsonRows, from = 0, to = tree.length) =>
  tree
    .rows(from, to)
    .map(row => `${row.depth} ${row.name ?? row.position} ${row.text || `${row.kind}(${row.count})`}`);

test("the first levels are open, and others open and close", () => {
  const tree = rowsOf('{"a": {"b": {"c": {"d": 1.0}}}, "e": [true, "x"], "f": 2}');
  const all = [
    "1 a object(1)",
    "2 b object(1)",
    "3 c object(1)",
    "1 e array(2)",
    "2 0 true",
    "2 1 x",
    "1 f 2",
  ];
  expect(shown(tree)).toEqual(all);
  tree.toggle(2);
  expect(shown(tree)).toEqual([...all.slice(0, 3), "4 d 1.0", ...all.slice(3)]);
  expect(tree.rows(3, 4)).toEqual([
    {
      depth: 4,
      name: "d",
      position: 0,
      siblings: 1,
      kind: "number",
      text: "1.0",
      isWhole: true,
      count: 0,
      isOpen: false,
    },
  ]);
  expect([0, 1, 2, 3, 4, 5, 6, 7].map(row => tree.parent(row))).toEqual([null, 0, 1, 2, null, 4, 4, null]);
  tree.toggle(0);
  expect(shown(tree)).toEqual(["1 a object(1)", "1 e array(2)", "2 0 true", "2 1 x", "1 f 2"]);
  tree.toggle(2);
  expect(tree.length).toBe(5);
});

test("a value says where it is, and is whole", () => {
  const tree = rowsOf('{"grapes": [{"a b": 1, "red": "x"}], "1": {"y": null}}');
  expect(tree.rows(0, tree.length).map((_, row) => tree.value(row).path)).toEqual([
    ".grapes",
    ".grapes[0]",
    '.grapes[0]["a b"]',
    ".grapes[0].red",
    '.["1"]',
    '.["1"].y',
  ]);
  expect(tree.value(1)).toEqual({ path: ".grapes[0]", text: '{"a b": 1, "red": "x"}', isWhole: true });
});

test("a million values are rows, and those between open ones are found", () => {
  const tree = rowsOf(
    `[${Array.from({ length: 300_000 }, (_, n) => `{"id": ${n}, "of": [${n}]}`).join(",")}]`,
  );
  expect(tree.length).toBe(300_000);
  tree.toggle(299_999);
  tree.toggle(700);
  tree.toggle(702);
  expect(tree.length).toBe(300_005);
  expect(shown(tree, 699, 706)).toEqual([
    "1 699 object(2)",
    "1 700 object(2)",
    "2 id 700",
    "2 of array(1)",
    "3 0 700",
    "1 701 object(2)",
    "1 702 object(2)",
  ]);
  expect(tree.parent(703)).toBe(702);
  expect(tree.value(300_003).path).toBe(".[299999].id");
  expect(shown(tree, 300_003)).toEqual(["2 id 299999", "2 of array(1)"]);
});

test("a value that is no container is one row, and long ones are cut", () => {
  expect(shown(rowsOf("12.0"))).toEqual(["1 0 12.0"]);
  const [row] = rowsOf(`["${"x".repeat(500)}"]`).rows(0, 1);
  expect(row?.isWhole).toBe(false);
  expect(row?.text).toBe("x".repeat(299));
});
