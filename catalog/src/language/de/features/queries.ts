import type { t as english } from "@/language/en/features/queries";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // DownloadResult
  parquet: "Parquet",
  jsonLines: "JSON Lines",
  arrow: "Arrow",
  download: "Herunterladen",
  allRowsParquet: bytes => `Alle Zeilen, ${bytes} als Parquet`,
  // FirstQueries
  packagesBucketMetadata: "Pakete eines Buckets, mit ihren Metadaten",
  largestFilesPackage: "Die größten Dateien eines Pakets",
  howPackageGrew: "Wie ein Paket gewachsen ist",
  rowsAllCsv: "Zeilen aller CSV-Dateien eines Pakets, und die Datei zu jeder",
  begin: "Beginnen Sie mit",
  // ParameterFields
  parameters: "Parameter",
  typeName: name => `Typ von ${name}`,
  yes: "ja",
  no: "nein",
  // QueriesLayout
  history: "Verlauf",
  saved: "Gespeichert",
  queries: "Abfragen",
  // QueriesPage
  query: "Abfrage",
  by: "Von",
  rows: "Zeilen",
  cost: "Aufwand",
  sSecondsReadBytes: (seconds, readBytes) => `${seconds} s · ${readBytes}`,
  when: "Wann",
  actions: "Aktionen",
  runAgain: row => `Noch einmal ausführen: ${row}`,
  deleteRow: row => `Löschen: ${row}`,
  sqlOverTables: "SQL über die Tabellen von Paketen. Ergebnisse werden einen Tag aufbewahrt.",
  everybody: "Von allen",
  newQuery: "Neue Abfrage",
  loadingQueries: "Die Abfragen werden geladen",
  openTablePackage:
    "Öffnen Sie eine Tabelle in einem Paket und wählen Sie SQL, oder schreiben Sie eine Abfrage über die Dateien vieler Pakete.",
  noQueriesYet: "Noch keine Abfragen",
  writeQuery: "Abfrage schreiben",
  differenceRows: "Unterschied der Zeilen",
  comparingRows: "Vergleich der Zeilen",
  // QueryCodeDialog
  copyCode: "Als Code kopieren",
  runQueryOwn: "Um diese Abfrage aus Ihren eigenen Programmen auszuführen.",
  tool: "Werkzeug",
  apiKey: "API-Schlüssel",
  needsEnvironmentVariable: (about, apiKey, token) =>
    rich`Braucht ${about} und einen ${apiKey} in der Umgebungsvariable ${token}.`,
  close: "Schließen",
  // QueryPage
  save: "Speichern",
  savedQuery: "Gespeicherte Abfrage",
  copyLink: "Link kopieren",
  run: "Ausführen",
  sql: "SQL",
  queryNamed: named => `Abfrage zu ${named}`,
  allRows: "Alle Zeilen",
  n100Rows: "100 Zeilen",
  n1000Rows: "1.000 Zeilen",
  n10000Rows: "10.000 Zeilen",
  n100000Rows: "100.000 Zeilen",
  statementCannotFormatted:
    "Die Anweisung kann nicht formatiert werden: Sie ist unvollständig oder hat einen Fehler.",
  statement: "Anweisung",
  runCtrlEnter: "Ausführen (Strg+Eingabe)",
  limitRows: "Höchstzahl der Zeilen",
  rowsLimit: limit => `${limit} Zeilen`,
  format: "Formatieren",
  copyAddressStatement:
    "Eine Adresse mit dieser Anweisung kopieren: Wer sie öffnet, führt sie mit den eigenen Rechten aus",
  copied: "Kopiert",
  // QueryStatus
  waiting: "Wartet",
  running: "Läuft",
  done: "Fertig",
  failed: "Fehlgeschlagen",
  stopped: "Angehalten",
  stopping: "Wird angehalten …",
  cancel: "Abbrechen",
  progressQuery: "Fortschritt der Abfrage",
  firstRowsMore: (rows, code) =>
    rich`Das sind die ersten ${rows} Zeilen; es gibt weitere. Wählen Sie eine größere Höchstzahl, oder fassen Sie Zeilen mit ${code} zusammen.`,
  otherQueriesBefore: "Andere Abfragen sind vor dieser an der Reihe",
  fileReadFiles: readFiles => ` von ${counted(readFiles, "Datei", "Dateien")}`,
  rowFar: rows => `bisher ${counted(rows, "Zeile", "Zeilen")}`,
  rowsRows: rows => counted(rows, "Zeile", "Zeilen"),
  readReadBytesFiles: (readBytes, files) => `${readBytes}${files} gelesen`,
  aboutSecondLeft: left => `noch etwa ${counted(left, "Sekunde", "Sekunden")}`,
  lineColumn: (line, column) => `Zeile ${line}, Spalte ${column}`,
  // ResultPanel
  result: "Ergebnis",
  view: "Ansicht als",
  chart: "Diagramm",
  loadingChart: "Das Diagramm wird geladen",
  runAgainRows: "Führen Sie sie noch einmal aus, um ihre Zeilen zu erhalten.",
  queryStopped: "Die Abfrage wurde angehalten",
  resultsKeptDay:
    "Ergebnisse werden einen Tag aufbewahrt. Führen Sie die Abfrage noch einmal aus: Sie liest dieselben Revisionen.",
  rowsNoLonger: "Die Zeilen sind nicht mehr aufbewahrt",
  // ResultTable
  rowsResult: "Zeilen des Ergebnisses",
  firstRowsWay: "Die ersten Zeilen sind unterwegs.",
  queryFoundNo: "Die Abfrage hat keine Zeilen gefunden.",
  // SaveDialog
  saveChanges: "Änderungen speichern",
  saveQuery: "Abfrage speichern",
  savedQueriesName:
    "Gespeicherte Abfragen haben einen Namen und laufen mit den Werten, die dann angegeben werden.",
  replace: "Ersetzen",
  saveAnother: "Als weitere speichern",
  name: "Name",
  description: "Beschreibung",
  answersWhenCan: "Was sie beantwortet, und wann man ihr trauen kann.",
  parametersMean: "Was die Parameter bedeuten",
  unlessAnotherValue: text => `${text}, wenn kein anderer Wert angegeben ist`,
  noValueUnless: "Kein Wert, wenn keiner angegeben ist",
  chart2: "Mit dem Diagramm",
  sharedEverybodySigned:
    "Geteilt: Alle Angemeldeten können sie ausführen und lesen, was ihre eigene Rolle erlaubt",
  // SavedQueriesPage
  shared: "Geteilt",
  shared2: "geteilt",
  you: "Ihnen",
  changed: "Geändert",
  savedQueries: "Gespeicherte Abfragen",
  yoursOthersShare: "Ihre eigenen, und die, die andere mit allen teilen.",
  loadingSavedQueries: "Die gespeicherten Abfragen werden geladen",
  saveQueryGive: code =>
    rich`Speichern Sie eine Abfrage, um ihr Namen, Beschreibung und Diagramm zu geben. Mit Parametern wie ${code} lässt sie sich mit eigenen Werten ausführen.`,
  nothingSavedYet: "Noch nichts gespeichert",
  // SavedQueryPage
  loadingSavedQuery: "Die gespeicherte Abfrage wird geladen",
  openEditor: "Im Editor öffnen",
  delete: "Löschen",
  deleteSavedQuery: "Die gespeicherte Abfrage löschen?",
  resultsStayHistory: "Bisherige Ergebnisse bleiben im Verlauf derer, die sie ausgeführt haben.",
  readsRoleAllows: (owner, ago) => rich`Sie liest, was Ihre Rolle erlaubt. Gespeichert von ${owner}, ${ago}`,
  // SourcesPanel
  read: "Gelesen aus",
  filesFiles: files => counted(files, "Datei", "Dateien"),
  moreTotal: total => `${total} weitere`,
  // parameters
  text: "Text",
  number: "Zahl",
  yesNo: "ja oder nein",
  date: "Datum",
  ambiguousNumber: (whole: string, decimal: string) =>
    `Das kann ${whole} oder ${decimal} sein. Schreiben Sie es wie eines von beiden.`,
  notNumber: "Das ist keine Zahl.",
  // problems
  statementNotAllowed: "Diese Anweisung ist nicht erlaubt",
  queryFailed: "Die Abfrage ist fehlgeschlagen",
  queryReachedLimit: "Die Abfrage hat eine Grenze erreicht",
  queryEndedUnexpectedly: "Die Abfrage endete unerwartet",
  queryOneSelect:
    "Eine Abfrage ist ein SELECT über package(…), entries(…), revisions(…), packages(…) und tabulator(…).",
  readFewerFiles:
    "Lesen Sie weniger Dateien oder Spalten, filtern Sie mit WHERE, oder fassen Sie Zeilen mit GROUP BY zusammen.",
  runAgainEnds:
    "Führen Sie sie noch einmal aus. Endet sie wieder so, lesen Sie weniger Dateien: Eine davon ist vielleicht beschädigt.",
  statementMistake: "Die Anweisung hat einen Fehler",
};
