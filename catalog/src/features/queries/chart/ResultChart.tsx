/** The chart of a result, drawn in the frame that draws charts of files. */
import { useMemo } from "react";
import { t } from "@/language/en/features/queries/chart";
import { ChartFrame } from "@/preview/charts/ChartFrame";
import { useDark } from "@/ui/useDark";
import type { ChartSpec } from "./spec";

const PALETTE = [
  "--patch-1",
  "--patch-3",
  "--patch-2",
  "--patch-4",
  "--patch-5",
  "--good",
  "--danger",
  "--warn",
];
const WIDTH = 900;
const HEIGHT = 400;

/** The frame asks for files beside the one that it draws; here is none. */
const none = (path: string) => Promise.reject(new Error(t.notResult(path)));

/** The page's own colours, as they are now. */
function configOfPage(): Record<string, unknown> {
  const probe = document.createElement("span");
  document.body.append(probe);
  const of = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const category = PALETTE.map(of);
  const ramp = [of("--accent-soft"), of("--patch-1")];
  const [background, text, quiet, line] = ["--surface", "--text", "--text-2", "--line"].map(of);
  probe.remove();
  const titles = { titleColor: quiet, titleFontSize: 12, titleFontWeight: 500 };
  const labels = { labelColor: quiet, labelFontSize: 12 };
  return {
    background,
    font: "system-ui, sans-serif",
    mark: { color: category[0] },
    range: { category, heatmap: ramp, ramp, ordinal: ramp },
    view: { stroke: "transparent" },
    axis: { ...titles, ...labels, gridColor: line, domainColor: line, tickColor: line, labelLimit: 180 },
    axisX: { grid: false },
    legend: { ...titles, ...labels },
    header: { ...titles, ...labels },
    title: { color: text, fontSize: 15, anchor: "start" },
  };
}

export function ResultChart({
  spec,
  rows,
  label,
}: {
  spec: ChartSpec;
  rows: readonly Record<string, unknown>[];
  /** What the chart shows, for people who do not see it. */
  label: string;
}) {
  const dark = useDark();
  const content = useMemo(
    () => ({
      isLite: true,
      fill: true,
      spec: {
        width: WIDTH,
        height: HEIGHT,
        autosize: { type: "fit", contains: "padding" },
        ...spec,
        config: { ...configOfPage(), ...(spec.config as object | undefined) },
        data: { values: rows },
      },
    }),
    // Its colours are the page's.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [spec, rows, dark],
  );
  // A frame draws once.
  return <ChartFrame key={JSON.stringify(spec)} form="vega" content={content} near={none} label={label} />;
}
