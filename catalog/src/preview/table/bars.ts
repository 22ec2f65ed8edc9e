/** The values of a column as bars, and the rows that each stands for. */
import { decimal } from "@/lib/format";
import type { Cell, ColumnStatistics } from "../answers";
import { cellText, type Condition, sameValue, within } from "./question";

export interface Bar {
  label: string;
  count: number;
  where: readonly Condition[];
}

const written = (value: Cell) =>
  typeof value === "number" ? decimal(value) : (cellText(value) ?? "missing");

/** Ranges of a histogram, else the most frequent values. */
export function barsOf({ name, histogram = [], top = [] }: ColumnStatistics): Bar[] {
  if (histogram.length > 0)
    return histogram.map(([from, to, count], index) => ({
      label: `${written(from)} – ${written(to)}`,
      count,
      where: within(name, from, to, index === histogram.length - 1),
    }));
  return top.map(([value, count]) => {
    const same = sameValue(name, value);
    return { label: written(value), count, where: same ? [same] : [] };
  });
}
