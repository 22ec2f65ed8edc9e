import { expect, test } from "vitest";
import { type Block, differenceOf, MAX_EDITS, partsOf, rowsOf } from "./lines";

const numbered = (count: number, name = "line") =>
  Array.from({ length: count }, (_, index) => `${name} ${index}`);

/** The text after, made of the text before and what the blocks say. */
const applied = (blocks: readonly Block[], before: readonly string[], after: readonly string[]) =>
  blocks.flatMap(block =>
    block.kind === "same"
      ? before.slice(block.before, block.before + block.beforeLength)
      : after.slice(block.after, block.after + block.afterLength),
  );
const editsOf = (blocks: readonly Block[]) =>
  blocks.reduce(
    (sum, block) => sum + (block.kind === "changed" ? block.beforeLength + block.afterLength : 0),
    0,
  );

/** By the table of all prefixes, which is simple and slow. */
function fewestEdits(before: readonly string[], after: readonly string[]): number {
  let previous = Array.from({ length: after.length + 1 }, (_, index) => index);
  for (const [index, line] of before.entries()) {
    const next = [index + 1];
    for (const [column, other] of after.entries())
      next.push(
        line === other ? (previous[column] ?? 0) : 1 + Math.min(previous[column + 1] ?? 0, next[column] ?? 0),
      );
    previous = next;
  }
  return previous.at(-1) ?? 0;
}

test("the difference of random texts is as short as any, and makes one text of the other", () => {
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  for (let round = 0; round < 300; round++) {
    const text = () => Array.from({ length: random(14) }, () => "abc".charAt(random(3)));
    const [before, after] = [text(), text()];
    const { blocks, isShortest } = differenceOf(before, after);
    expect(isShortest).toBe(true);
    expect(applied(blocks, before, after)).toEqual(after);
    expect(editsOf(blocks)).toBe(fewestEdits(before, after));
    expect(blocks.some((block, index) => block.kind === blocks[index + 1]?.kind)).toBe(false);
  }
});

test("texts that differ in too many lines keep their common beginning and end", () => {
  const before = ["title", ...numbered(MAX_EDITS, "old"), "end"];
  const after = ["title", ...numbered(MAX_EDITS, "new"), "end"];
  const { blocks, isShortest } = differenceOf(before, after);
  expect(isShortest).toBe(false);
  expect(blocks.map(({ kind, beforeLength, afterLength }) => [kind, beforeLength, afterLength])).toEqual([
    ["same", 1, 1],
    ["changed", MAX_EDITS, MAX_EDITS],
    ["same", 1, 1],
  ]);
});

test("equal lines far from changes are folded until somebody unfolds them", () => {
  const before = numbered(40);
  const { blocks } = differenceOf(before, before.with(20, "other"));
  const rows = rowsOf(blocks, new Set());
  expect(rows.filter(({ kind }) => kind === "fold")).toEqual([
    { kind: "fold", block: 0, lines: 17 },
    { kind: "fold", block: 2, lines: 16 },
  ]);
  expect(rows).toHaveLength(3 + 1 + 3 + 2);
  expect(rowsOf(blocks, new Set([0, 2]))).toHaveLength(40);
});

test("the part of a line that changed is between what stays", () => {
  expect(partsOf("litres: 800 l", "litres: 950 l")).toEqual(["litres: ", "80", "0 l"]);
  expect(partsOf("aa", "aaa")).toEqual(["aa", "", ""]);
});
