import type { Cell, Column } from "../answers";
import { cellText } from "./question";

const CHARACTER = 8.7;
const PADDING = 26;
/** Beside the name of a column. */
const HEAD_TOOLS = 88;
const MIN_WIDTH = 112;
const MAX_WIDTH = 340;
const ROWS_MEASURED = 60;

/** By the names and the first rows. */
export function columnWidths(columns: readonly Column[], rows: readonly (readonly Cell[])[]): number[] {
  const measured = rows.slice(0, ROWS_MEASURED);
  return columns.map(({ name }, index) => {
    const longest = measured.reduce(
      (most, row) => Math.max(most, cellText(row[index] ?? null)?.length ?? 4),
      0,
    );
    const wanted = Math.max(longest * CHARACTER + PADDING, name.length * CHARACTER + HEAD_TOOLS);
    return Math.round(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, wanted)));
  });
}

/** Where each column begins, and where the last one ends. */
export function beginnings(widths: readonly number[]): number[] {
  const found = [0];
  for (const width of widths) found.push((found.at(-1) ?? 0) + width);
  return found;
}

/** The columns between two places, from the first to the one after the last. */
export function columnsBetween(starts: readonly number[], from: number, to: number): [number, number] {
  const count = starts.length - 1;
  let first = 0;
  while (first < count - 1 && (starts[first + 1] ?? 0) <= from) first++;
  let last = first + 1;
  while (last < count && (starts[last] ?? 0) < to) last++;
  return [first, Math.min(count, last)];
}
