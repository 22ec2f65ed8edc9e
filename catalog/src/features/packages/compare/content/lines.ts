/** Lines that differ, by the shortest script of edits (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986). */

/** Texts with more edits than that are not aligned between their common beginning and end. */
export const MAX_EDITS = 2_000;

export interface Block {
  kind: "same" | "changed";
  /** Where it begins in both texts, and how many lines it has there. */
  before: number;
  beforeLength: number;
  after: number;
  afterLength: number;
}

export interface LineDifference {
  blocks: Block[];
  /** False for texts with more than `MAX_EDITS` edits. */
  isShortest: boolean;
}

/** Blocks of equal lines and changed ones take turns. */
export function differenceOf(before: readonly string[], after: readonly string[]): LineDifference {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const numbers = new Map<string, number>();
  const numbered = (lines: readonly string[]) =>
    Int32Array.from(lines.slice(start, lines.length - end), line => {
      const known = numbers.get(line) ?? numbers.size;
      numbers.set(line, known);
      return known;
    });
  const runs = equalRuns(numbered(before), numbered(after));
  const equal: Run[] = [
    [0, 0, start],
    ...(runs ?? []).map(([a, b, length]): Run => [a + start, b + start, length]),
    [before.length - end, after.length - end, end],
  ];
  return { blocks: blocksOf(equal, before.length, after.length), isShortest: runs !== null };
}

/** Equal elements: where they begin in both, and how many they are. */
type Run = [before: number, after: number, length: number];

function blocksOf(equal: readonly Run[], beforeLength: number, afterLength: number): Block[] {
  const blocks: Block[] = [];
  let [a, b] = [0, 0];
  const change = (toA: number, toB: number) => {
    if (toA > a || toB > b)
      blocks.push({ kind: "changed", before: a, beforeLength: toA - a, after: b, afterLength: toB - b });
  };
  for (const [before, after, length] of equal) {
    if (length === 0) continue;
    change(before, after);
    const last = blocks.at(-1);
    if (last?.kind === "same") {
      last.beforeLength += length;
      last.afterLength += length;
    } else blocks.push({ kind: "same", before, beforeLength: length, after, afterLength: length });
    [a, b] = [before + length, after + length];
  }
  change(beforeLength, afterLength);
  return blocks;
}

/** Null when there are more edits than `MAX_EDITS`. */
function equalRuns(before: Int32Array, after: Int32Array): Run[] | null {
  const most = Math.min(before.length + after.length, MAX_EDITS);
  // The furthest position in `before` on each diagonal: position before minus position after.
  const furthest = new Int32Array(2 * most + 3);
  const middle = most + 1;
  const steps: Int32Array[] = [];
  const at = (values: Int32Array, place: number) => values[place] ?? 0;
  for (let edits = 0; edits <= most; edits++) {
    steps.push(furthest.slice(middle - edits - 1, middle + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const [below, above] = [at(furthest, middle + diagonal - 1), at(furthest, middle + diagonal + 1)];
      const isAddition = diagonal === -edits || (diagonal !== edits && below < above);
      let x = isAddition ? above : below + 1;
      let y = x - diagonal;
      while (x < before.length && y < after.length && before[x] === after[y]) {
        x += 1;
        y += 1;
      }
      furthest[middle + diagonal] = x;
      if (x >= before.length && y >= after.length) return runsOf(steps, before.length, after.length);
    }
  }
  return null;
}

/** The way back from the end of both, through the furthest positions after each number of edits. */
function runsOf(steps: readonly Int32Array[], beforeLength: number, afterLength: number): Run[] {
  const runs: Run[] = [];
  let [x, y] = [beforeLength, afterLength];
  for (let edits = steps.length - 1; edits >= 0; edits--) {
    const furthest = steps[edits] ?? new Int32Array();
    const at = (diagonal: number) => furthest[diagonal + edits + 1] ?? 0;
    const diagonal = x - y;
    const isAddition = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
    const previousX = edits === 0 ? 0 : at(isAddition ? diagonal + 1 : diagonal - 1);
    const previousY = edits === 0 ? 0 : previousX - (isAddition ? diagonal + 1 : diagonal - 1);
    const length = Math.min(x - previousX, y - previousY);
    if (length > 0) runs.push([x - length, y - length, length]);
    [x, y] = [previousX, previousY];
  }
  return runs.reverse();
}

/** Lines that are shown around a change. */
const CONTEXT_LINES = 3;
/** Fewer equal lines than that are shown. */
const MIN_FOLDED_LINES = 5;

/** A line of the comparison, by its positions in both texts; or equal lines that are folded. */
export type Row =
  | { kind: "same" | "changed"; before: number | null; after: number | null }
  | { kind: "fold"; block: number; lines: number };

/** A changed line stands beside the one in its place. `unfolded`: blocks whose lines are all shown. */
export function rowsOf(blocks: readonly Block[], unfolded: ReadonlySet<number>): Row[] {
  return blocks.flatMap((block, index): Row[] => {
    const { kind, before, beforeLength, after, afterLength } = block;
    const row = (offset: number): Row => ({
      kind,
      before: offset < beforeLength ? before + offset : null,
      after: offset < afterLength ? after + offset : null,
    });
    const length = Math.max(beforeLength, afterLength);
    const rows = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, offset) => row(from + offset));
    const head = index === 0 ? 0 : CONTEXT_LINES;
    const tail = index === blocks.length - 1 ? 0 : CONTEXT_LINES;
    const folded = length - head - tail;
    if (kind === "changed" || folded < MIN_FOLDED_LINES || unfolded.has(index)) return rows(0, length);
    return [...rows(0, head), { kind: "fold", block: index, lines: folded }, ...rows(length - tail, length)];
  });
}

/** Without the ends of lines, of which there are several kinds. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** What two lines have in common at their beginning and end, and what is between. */
export function partsOf(line: string, other: string): [head: string, middle: string, tail: string] {
  const shorter = Math.min(line.length, other.length);
  let start = 0;
  while (start < shorter && line[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && line.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [line.slice(0, start), line.slice(start, line.length - end), line.slice(line.length - end)];
}
