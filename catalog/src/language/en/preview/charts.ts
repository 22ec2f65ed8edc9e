import { section } from "@/language/language";

export const t = section("preview/charts", {
  // ChartFrame
  dataCouldNot: (path: string, error: string) => `Its data ${path} could not be read: ${error}`,
  cannotDrawn: (mistake: string) => `It cannot be drawn: ${mistake}`,
  drawing: "Drawing",
  // ChartViewer
  largerThan: (of: string, maxChartBytes: string) => `${of} is larger than ${maxChartBytes}`,
  notText: (of: string) => `${of} is not text`,
  notFileBeside: (reference: string) => `${reference} is not a file beside it, and nothing else is read`,
  cannotDrawn2: (message: string) => `It cannot be drawn: ${message}.`,
  readingData: "Reading the data",
  chartName: (name: string) => `Chart ${name}`,
  genomeTracks: (name: string) => `Genome tracks of ${name}`,
  mapName: (name: string) => `Map of ${name}`,
  modelName: (name: string) => `Model of ${name}`,
  // content
  notJson: (message: string) => `it is not JSON: ${message}`,
  mustJsonObject: "it must be a JSON object",
  root: "its root",
  notFilePackage: (reference: string, name: string) =>
    `${reference} is not a file of this package, which are named relative to ${name}`,
});
