import { expect, test } from "vitest";
import { type BlockData, drawBlock, type Kind, kindsText, MAX_STITCHES } from "./block";

const draw = (changes: Partial<BlockData> = {}) =>
  drawBlock({ name: "amy/wine", kinds: { tables: 100 }, revisions: 1, ...changes });

/** Parts of a block that each kind covers, in eighths: each cell is half deep and half pale. */
function eighths(kinds: BlockData["kinds"]): Partial<Record<Kind, number>> {
  const [, ...cells] = draw({ kinds }).shapes;
  const found: Partial<Record<Kind, number>> = {};
  for (const { kind } of cells) found[kind] = (found[kind] ?? 0) + 1;
  return found;
}

test("the same data make the same block, and another name another pattern in the same colours", () => {
  expect(draw()).toEqual(draw());
  const other = draw({ name: "amy/beer" });
  expect(other).not.toEqual(draw());
  expect(other.shapes.map(({ kind }) => kind)).toEqual(draw().shapes.map(({ kind }) => kind));
});

test.each<[BlockData["kinds"], Partial<Record<Kind, number>>]>([
  [{ tables: 5 }, { tables: 8 }],
  [
    { tables: 50, images: 50 },
    { tables: 4, images: 4 },
  ],
  [
    { tables: 70, text: 30 },
    { tables: 6, text: 2 },
  ],
  [
    { tables: 97, text: 2, images: 1 },
    { tables: 6, text: 1, images: 1 },
  ],
  [{ tables: 999, text: 1 }, { tables: 8 }],
  [
    { tables: 1, images: 1, text: 1, arrays: 1, sequences: 1, other: 1 },
    { tables: 2, images: 2, text: 1, arrays: 1, sequences: 1, other: 1 },
  ],
  [{}, { other: 8 }],
  [null, { other: 8 }],
  [undefined, { other: 8 }],
])("kinds of %o share the triangles as %o", (kinds, shared) => {
  expect(eighths(kinds)).toEqual(shared);
});

test("the binding has the colour of the largest kind", () => {
  expect(draw({ kinds: { text: 3, arrays: 4 } }).shapes[0]).toMatchObject({ kind: "arrays", tone: "deep" });
});

test.each([
  [0, 0],
  [1, 1],
  [7, 7],
  [MAX_STITCHES, MAX_STITCHES],
  [1000, MAX_STITCHES],
])("%i revisions have %i stitches, all of which are in the binding", (revisions, stitches) => {
  const starts = [...draw({ revisions }).stitches.matchAll(/M([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  expect(starts.length).toBe(stitches);
  expect(starts.every(([x, y]) => [2, 46].includes(x ?? 0) || [2, 46].includes(y ?? 0))).toBe(true);
});

test("a thousand names make nearly as many patterns", () => {
  const patterns = new Set(
    Array.from({ length: 1000 }, (_, number) => JSON.stringify(draw({ name: `team/set-${number}` }).shapes)),
  );
  expect(patterns.size).toBeGreaterThan(950);
});

test("a bucket has neither binding nor stitches", () => {
  const drawing = drawBlock({ name: "lab", kinds: { tables: 1 }, revisions: 9 }, "bucket");
  expect(drawing.stitches).toBe("");
  expect(drawing.shapes.length).toBe(8);
});

test("kinds are told in words", () => {
  expect(kindsText({ text: 7, tables: 93, images: 0 })).toBe("tables 93%, text 7%");
  expect(kindsText({ text: 1, tables: 9999 })).toBe("tables 100%, text under 1%");
  expect(kindsText(null)).toBe("");
});
