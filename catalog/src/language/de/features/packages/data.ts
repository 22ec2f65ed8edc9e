import type { t as english } from "@/language/en/features/packages/data";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // PackageData
  lookingShow: "Sehenswertes wird gesucht",
  loadingFolder: "Der Ordner wird geladen",
  lookingIntoFolders: "Die Ordner werden durchsucht",
  nothingShow: "Hier ist nichts anzuzeigen",
  allFiles: "Alle Dateien",
  is: "ist",
  are: "sind",
  fileButNo: (value, totalEntries, summaryName) =>
    rich`Hier ${value} ${counted(totalEntries, "Datei", "Dateien")}, unter den ersten aber keine README, keine Tabelle, kein Bild und kein Bericht. Eine Datei ${summaryName} legt fest, was hier zu sehen ist.`,
  package: "das Paket",
  ofPath: path => `aus ${path}`,
  picturesPath: path => `Bilder ${path}`,
  // ShownEntry
  mayNotRead: "Sie dürfen diese Datei nicht lesen, oder sie ist nicht in S3.",
  readingFile: "Die Datei wird gelesen",
  showLess: "Weniger zeigen",
  showAll: "Alles zeigen",
  // SummaryRows
  mayNotReadNot: "Sie dürfen sie nicht lesen, oder sie ist nicht in S3",
  mostRead: (file, maxSummaryBytes) => `Sie hat ${file}, und höchstens ${maxSummaryBytes} werden gelesen`,
  notText: "Sie ist kein Text",
  readingSummaryName: summaryName => `${summaryName} wird gelesen`,
  cannotRead: (summaryName, message) => `${summaryName} ist nicht lesbar. ${message}.`,
  showMoreRow: rows => `Mehr zeigen: ${counted(rows, "Zeile", "Zeilen")}`,
  problemEverythingElse: (path, problems) =>
    rich`${path} hat ${counted(problems, "Problem", "Probleme")}. Alles andere wird angezeigt.`,
  moreProblem: more => `und ${counted(more, "weiteres Problem", "weitere Probleme")}`,
  openPath: path => `${path} öffnen`,
  notRevision: path => rich`${path} ist nicht in dieser Revision.`,
  folderOnlyFiles: path => rich`${path} ist ein Ordner; nur Dateien werden angezeigt.`,
  not: "Nicht hier",
  notAddressObject: uri => rich`${uri} ist nicht die Adresse eines Objekts.`,
  lookingObject: "Das Objekt wird gesucht",
  notMayNot: uri => rich`${uri} ist nicht vorhanden, oder Sie dürfen es nicht lesen.`,
  // summary
  notJson: message => `Das ist kein JSON: ${message}.`,
  wholeDocument: "das ganze Dokument",
  mustArrayFiles: "Es muss ein Array von Dateien sein: [ … ].",
  rowIndex: index => `Zeile ${index}`,
  onlyFirstColumns: maxColumns => `Nur die ersten ${maxColumns} Spalten werden angezeigt.`,
  columnRowColumn: (row, column) => `${row}, Spalte ${column}`,
  onlyFirstFiles: maxSummaryFiles => `Nur die ersten ${maxSummaryFiles} Dateien werden angezeigt.`,
  lineColumn: (before, before2) => `Zeile ${before}, Spalte ${before2}`,
  filePathObject: "Eine Datei ist ein Pfad oder ein Objekt mit einem „path“.",
  noFileCan: (path, summaryName) =>
    `${path} ist keine Datei, die hier angezeigt werden kann: Dateien werden relativ zu ${summaryName} benannt.`,
  noSuchOption: "Diese Option gibt es nicht.",
  mustText: "Es muss ein Text sein.",
  expandWhere: where => `${where}, expand`,
  mustTrueFalse: "Es muss true oder false sein.",
  widthWhere: where => `${where}, width`,
  mustRatioSuch: "Es muss ein Verhältnis wie 1.5 oder eine Länge wie „200px“ oder „50%“ sein.",
  typesWhere: where => `${where}, types`,
  mustListSuch: "Es muss eine Liste wie [“echarts”] oder [{“name”: “echarts”}] sein.",
  noTypeFile: name => `Den Typ ${name} gibt es nicht. Die Datei wird wie üblich angezeigt.`,
  notebooksNotRun: "Notebooks werden nicht ausgeführt: Das Notebook wird mit seinen Ausgaben angezeigt.",
  styleMustHeight: "„style“ muss eine „height“ wie „600px“ haben.",
  configMustObject: "„config“ muss ein Objekt sein, wie Perspective es speichert.",
  oneFiltersNot: "Einer seiner Filter ist hier nicht bekannt und wird weggelassen.",
  groups: "Gruppen",
  splitColumns: "Geteilte Spalten",
  expressions: "Ausdrücke",
  perspectiveNotShown: what =>
    `${what} von Perspective werden nicht angezeigt: Die Zeilen erscheinen, wie sie gespeichert sind.`,
  plotPerspectiveNot: plugin =>
    `Das Diagramm ${plugin} von Perspective wird nicht gezeichnet: Die Zeilen werden angezeigt.`,
};
