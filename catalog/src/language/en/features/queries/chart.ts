import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/queries/chart", {
  // ChartPanel
  chart: "Chart",
  chartWrittenJson: "This chart is written as JSON.",
  doneJson: "Done with JSON",
  editJson: "Edit as JSON",
  startAgain: "Start again",
  mark: "Mark",
  parts: "Parts",
  alongX: "Along (x)",
  size: "Size",
  upY: "Up (y)",
  rows: "Of the rows",
  colour: "Colour",
  notJsonYet: "This is not JSON yet.",
  withoutDataChart: "Without data: the chart shows the rows of this query.",
  loadingRows: "Loading the rows",
  chartShowsFirst: (maxChartRows: string, rows: string, code: ReactNode) =>
    rich`The chart shows the first ${maxChartRows} of ${rows} rows. To show all, put them together in the statement, by ${code}.`,
  chartResult: "Chart of the result",
  numberRows: "number of rows",
  byX: (x: string) => `by ${x}`,
  andColour: (colour: string) => `and ${colour}`,
  // ResultChart
  notResult: (path: string) => `${path} is not in the result`,
  // spec
  bars: "Bars",
  lines: "Lines",
  points: "Points",
  area: "Area",
  heatMap: "Heat map",
  boxPlot: "Box plot",
  pie: "Pie",
  eachRow: "each row",
  sum: "sum",
  mean: "mean",
  median: "median",
  smallest: "smallest",
  largest: "largest",
  distinctValues: "distinct values",
  rows2: "rows",
  ofAggregateY: (aggregate: string, y: string) => `${aggregate} of ${y}`,
  chartJsonObject: "A chart is a JSON object.",
  cannotGivenChart: (forbidden: string) =>
    `${forbidden} cannot be given: the chart shows the rows of this query.`,
  chartNeedsMark: "A chart needs a mark, or layers with marks.",
});
