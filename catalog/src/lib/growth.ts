/** Series over time as lines and bars in a box, the origin at its upper left. */

export interface Box {
  width: number;
  height: number;
}

export interface SeriesBar {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A bar that is not zero is seen. */
const MIN_BAR_HEIGHT = 2;
/** Space between bars, as a part of one's place. */
const GAP = 0.2;
const MAX_BAR_WIDTH = 28;

const highest = (values: readonly number[]) => Math.max(...values, 0);

/** A value holds for its whole place, so one value makes a line, too. */
export function stepLine(values: readonly number[], { width, height }: Box): string {
  if (values.length === 0) return "";
  const top = highest(values) || 1;
  const place = width / values.length;
  const y = (value: number) => round(height - (value / top) * height);
  return values
    .map((value, at) => `${at === 0 ? "M0 " : "V"}${y(value)}H${round((at + 1) * place)}`)
    .join("");
}

/** What is below a line. */
export function areaBelow(line: string, { height }: Box): string {
  return line && `${line}V${height}H0Z`;
}

export function seriesBars(values: readonly number[], { width, height }: Box): SeriesBar[] {
  const top = highest(values) || 1;
  const place = width / Math.max(values.length, 1);
  const wide = Math.min(place * (1 - GAP), MAX_BAR_WIDTH);
  return values.map((value, at) => {
    const tall = value > 0 ? Math.max((value / top) * height, MIN_BAR_HEIGHT) : 0;
    return {
      x: round((at + 0.5) * place - wide / 2),
      y: round(height - tall),
      width: round(wide),
      height: round(tall),
    };
  });
}

const round = (value: number) => Math.round(value * 100) / 100;
