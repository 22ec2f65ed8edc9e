import { section } from "@/language/language";

export const t = section("preview/charts", {
  // ChartFrame
  itsDataPathCouldNotBe: (path: string, error: string) => `Its data ${path} could not be read: ${error}`,
  itCannotBeDrawnMistake: (mistake: string) => `It cannot be drawn: ${mistake}`,
  drawing: "Drawing",
  // ChartViewer
  ofIsLargerThanMaxChartBytes: (of: string, maxChartBytes: string) => `${of} is larger than ${maxChartBytes}`,
  ofIsNotText: (of: string) => `${of} is not text`,
  referenceIsNotAFileBeside: (reference: string) =>
    `${reference} is not a file beside it, and nothing else is read`,
  itCannotBeDrawnMessage: (message: string) => `It cannot be drawn: ${message}.`,
  readingTheData: "Reading the data",
  chartName: (name: string) => `Chart ${name}`,
  genomeTracksOfName: (name: string) => `Genome tracks of ${name}`,
  mapOfName: (name: string) => `Map of ${name}`,
  modelOfName: (name: string) => `Model of ${name}`,
  // content
  itIsNotJSONMessage: (message: string) => `it is not JSON: ${message}`,
  itMustBeAJSONObject: "it must be a JSON object",
  itsRoot: "its root",
  referenceIsNotAFileOf: (reference: string, name: string) =>
    `${reference} is not a file of this package, which are named relative to ${name}`,
});
