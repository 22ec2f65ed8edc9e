import type { t as english } from "@/language/en/preview/charts";

export const t: typeof english = {
  // ChartFrame
  dataCouldNot: (path, error) => `Die Daten ${path} konnten nicht gelesen werden: ${error}`,
  cannotDrawn: mistake => `Es kann nicht gezeichnet werden: ${mistake}`,
  drawing: "Wird gezeichnet",
  // ChartViewer
  largerThan: (of, maxChartBytes) => `${of} ist größer als ${maxChartBytes}`,
  notText: of => `${of} ist kein Text`,
  notFileBeside: reference => `${reference} ist keine Datei daneben, und nichts anderes wird gelesen`,
  cannotDrawn2: message => `Es kann nicht gezeichnet werden: ${message}.`,
  readingData: "Die Daten werden gelesen",
  chartName: name => `Diagramm ${name}`,
  genomeTracks: name => `Genomspuren von ${name}`,
  mapName: name => `Karte von ${name}`,
  modelName: name => `Modell von ${name}`,
  // content
  notJson: message => `es ist kein JSON: ${message}`,
  mustJsonObject: "es muss ein JSON-Objekt sein",
  root: "seine Wurzel",
  notFilePackage: (reference, name) =>
    `${reference} ist keine Datei dieses Pakets; sie werden relativ zu ${name} benannt`,
};
