import type { t as english } from "@/language/en/features/packages/data";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ShownEntry
  youMayNotReadThisFile: "Sie dürfen diese Datei nicht lesen, oder sie ist nicht in S3.",
  readingTheFile: "Die Datei wird gelesen",
  showLess: "Weniger zeigen",
  showAll: "Alles zeigen",
  // SummaryRows
  youMayNotReadItOr: "Sie dürfen sie nicht lesen, oder sie ist nicht in S3",
  itHasFileAndAtMost: (file, maxSummaryBytes) =>
    `Sie hat ${file}, und höchstens ${maxSummaryBytes} werden gelesen`,
  itIsNotText: "Sie ist kein Text",
  readingSummaryName: summaryName => `${summaryName} wird gelesen`,
  summaryNameCannotBeReadMessage: (summaryName, message) => `${summaryName} ist nicht lesbar. ${message}.`,
  showMoreRows: rows => `Mehr zeigen: ${counted(rows, "Zeile", "Zeilen")}`,
  pathHasProblemsEverythingElseIs: (path, problems) =>
    rich`${path} hat ${counted(problems, "Problem", "Probleme")}. Alles andere wird angezeigt.`,
  andMoresProblem: more => `und ${counted(more, "weiteres Problem", "weitere Probleme")}`,
  openPath: path => `${path} öffnen`,
  pathIsNotInThisRevision: path => rich`${path} ist nicht in dieser Revision.`,
  pathIsAFolderAndOnly: path => rich`${path} ist ein Ordner; nur Dateien werden angezeigt.`,
  notHere: "Nicht hier",
  uriIsNotTheAddressOf: uri => rich`${uri} ist nicht die Adresse eines Objekts.`,
  lookingForTheObject: "Das Objekt wird gesucht",
  uriIsNotThereOrYou: uri => rich`${uri} ist nicht vorhanden, oder Sie dürfen es nicht lesen.`,
  // summary
  thisIsNotJSONMessage: message => `Das ist kein JSON: ${message}.`,
  theWholeDocument: "das ganze Dokument",
  itMustBeAnArrayOf: "Es muss ein Array von Dateien sein: [ … ].",
  rowIndex: index => `Zeile ${index}`,
  onlyTheFirstMaxColumnsColumnsAre: maxColumns => `Nur die ersten ${maxColumns} Spalten werden angezeigt.`,
  rowColumnColumn: (row, column) => `${row}, Spalte ${column}`,
  onlyTheFirstMaxSummaryFilesFilesAre: maxSummaryFiles =>
    `Nur die ersten ${maxSummaryFiles} Dateien werden angezeigt.`,
  lineBeforeColumnBefore2: (before, before2) => `Zeile ${before}, Spalte ${before2}`,
  aFileIsAPathOr: "Eine Datei ist ein Pfad oder ein Objekt mit einem „path“.",
  pathIsNoFileThatCan: (path, summaryName) =>
    `${path} ist keine Datei, die hier angezeigt werden kann: Dateien werden relativ zu ${summaryName} benannt.`,
  thereIsNoSuchOption: "Diese Option gibt es nicht.",
  itMustBeAText: "Es muss ein Text sein.",
  whereExpand: where => `${where}, expand`,
  itMustBeTrueOrFalse: "Es muss true oder false sein.",
  whereWidth: where => `${where}, width`,
  itMustBeARatioSuch: "Es muss ein Verhältnis wie 1.5 oder eine Länge wie „200px“ oder „50%“ sein.",
  whereTypes: where => `${where}, types`,
  itMustBeAListSuch: "Es muss eine Liste wie [“echarts”] oder [{“name”: “echarts”}] sein.",
  thereIsNoTypeNameThe: name => `Den Typ ${name} gibt es nicht. Die Datei wird wie üblich angezeigt.`,
  notebooksAreNotRunTheNotebook:
    "Notebooks werden nicht ausgeführt: Das Notebook wird mit seinen Ausgaben angezeigt.",
  styleMustHaveAHeightSuch: "„style“ muss eine „height“ wie „600px“ haben.",
  configMustBeAnObjectAs: "„config“ muss ein Objekt sein, wie Perspective es speichert.",
  oneOfItsFiltersIsNot: "Einer seiner Filter ist hier nicht bekannt und wird weggelassen.",
  groups: "Gruppen",
  splitColumns: "Geteilte Spalten",
  expressions: "Ausdrücke",
  whatOfPerspectiveAreNotShown: what =>
    `${what} von Perspective werden nicht angezeigt: Die Zeilen erscheinen, wie sie gespeichert sind.`,
  thePlotPluginOfPerspectiveIs: plugin =>
    `Das Diagramm ${plugin} von Perspective wird nicht gezeichnet: Die Zeilen werden angezeigt.`,
  // PackageData
  lookingForWhatToShow: "Sehenswertes wird gesucht",
  loadingTheFolder: "Der Ordner wird geladen",
  lookingIntoTheFolders: "Die Ordner werden durchsucht",
  nothingToShowHere: "Hier ist nichts anzuzeigen",
  allFiles: "Alle Dateien",
  is: "ist",
  are: "sind",
  thereValueFilesButNoREADME: (value, totalEntries, summaryName) =>
    rich`Hier ${value} ${counted(totalEntries, "Datei", "Dateien")}, unter den ersten aber keine README, keine Tabelle, kein Bild und kein Bericht. Eine Datei ${summaryName} legt fest, was hier zu sehen ist.`,
  thePackage: "das Paket",
  ofPath: path => `aus ${path}`,
  picturesPath: path => `Bilder ${path}`,
};
