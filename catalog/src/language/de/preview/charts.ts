import type { t as english } from "@/language/en/preview/charts";

export const t: typeof english = {
  // ChartFrame
  itsDataPathCouldNotBe: (path, error) => `Die Daten ${path} konnten nicht gelesen werden: ${error}`,
  itCannotBeDrawnMistake: mistake => `Es kann nicht gezeichnet werden: ${mistake}`,
  drawing: "Wird gezeichnet",
  // ChartViewer
  ofIsLargerThanMaxChartBytes: (of, maxChartBytes) => `${of} ist größer als ${maxChartBytes}`,
  ofIsNotText: of => `${of} ist kein Text`,
  referenceIsNotAFileBeside: reference =>
    `${reference} ist keine Datei daneben, und nichts anderes wird gelesen`,
  itCannotBeDrawnMessage: message => `Es kann nicht gezeichnet werden: ${message}.`,
  readingTheData: "Die Daten werden gelesen",
  chartName: name => `Diagramm ${name}`,
  genomeTracksOfName: name => `Genomspuren von ${name}`,
  mapOfName: name => `Karte von ${name}`,
  modelOfName: name => `Modell von ${name}`,
  // content
  itIsNotJSONMessage: message => `es ist kein JSON: ${message}`,
  itMustBeAJSONObject: "es muss ein JSON-Objekt sein",
  itsRoot: "seine Wurzel",
  referenceIsNotAFileOf: (reference, name) =>
    `${reference} ist keine Datei dieses Pakets; sie werden relativ zu ${name} benannt`,
};
