import type { t as english } from "@/language/en/features/queries/chart";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ChartPanel
  chart: "Diagramm",
  chartWrittenJson: "Dieses Diagramm ist als JSON geschrieben.",
  doneJson: "Fertig mit JSON",
  editJson: "Als JSON bearbeiten",
  startAgain: "Von vorn beginnen",
  mark: "Form",
  parts: "Teile",
  alongX: "Waagrecht (x)",
  size: "Größe",
  upY: "Senkrecht (y)",
  rows: "Aus den Zeilen",
  colour: "Farbe",
  notJsonYet: "Das ist noch kein JSON.",
  withoutDataChart: "Ohne Daten: Das Diagramm zeigt die Zeilen dieser Abfrage.",
  loadingRows: "Die Zeilen werden geladen",
  chartShowsFirst: (maxChartRows, rows, code) =>
    rich`Das Diagramm zeigt die ersten ${maxChartRows} von ${rows} Zeilen. Um alle zu zeigen, fassen Sie sie in der Anweisung mit ${code} zusammen.`,
  chartResult: "Diagramm des Ergebnisses",
  numberRows: "Anzahl der Zeilen",
  byX: x => `nach ${x}`,
  andColour: colour => `und ${colour}`,
  // ResultChart
  notResult: path => `${path} ist nicht im Ergebnis`,
  // spec
  bars: "Balken",
  lines: "Linien",
  points: "Punkte",
  area: "Fläche",
  heatMap: "Heatmap",
  boxPlot: "Boxplot",
  pie: "Kreis",
  eachRow: "jede Zeile",
  sum: "Summe",
  mean: "Mittelwert",
  median: "Median",
  smallest: "kleinster Wert",
  largest: "größter Wert",
  distinctValues: "verschiedene Werte",
  rows2: "Zeilen",
  ofAggregateY: (aggregate, y) => `${aggregate} von ${y}`,
  chartJsonObject: "Ein Diagramm ist ein JSON-Objekt.",
  cannotGivenChart: forbidden =>
    `${forbidden} kann nicht angegeben werden: Das Diagramm zeigt die Zeilen dieser Abfrage.`,
  chartNeedsMark: "Ein Diagramm braucht eine Form (mark) oder Ebenen mit Formen.",
};
