import type { t as english } from "@/language/en/preview";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ArchivedFile
  standardInHours: "Standard: in Stunden",
  bulkInHalfADayTo: "Bulk: in einem halben Tag bis zwei Tagen, am günstigsten",
  expeditedInMinutesTheDearest: "Expedited: in Minuten, am teuersten",
  theFileIsBeingRestored: "Die Datei wird wiederhergestellt",
  tryAgain: "Noch einmal versuchen",
  s3BringsItBackFromIts:
    "S3 holt sie aus seinem Archiv zurück; das dauert Minuten bis zwei Tage. Dann kann sie hier gelesen werden.",
  theFileIsArchived: "Die Datei ist archiviert",
  restore: "Wiederherstellen …",
  peopleWhoMayWriteToBucket: bucket => `Wer in ${bucket} schreiben darf, kann das anfordern.`,
  itCannotBeReadBeforeS3: level =>
    rich`Sie kann erst gelesen werden, wenn S3 eine Kopie zurückgeholt hat; das dauert Minuten bis zwei Tage. ${level}`,
  onTheCommandLine: "Auf der Kommandozeile",
  restoreTheFile: "Datei wiederherstellen",
  s3MakesACopyThatCan:
    "S3 erstellt eine lesbare Kopie und entfernt sie nach Ablauf der Tage. Das kostet, was in der Preisliste Ihres Speichers steht.",
  restore2: "Wiederherstellen",
  days: "Tage",
  n1ToMaxDaysDays: maxDays => `1 bis ${maxDays} Tage`,
  speed: "Geschwindigkeit",
  // Preview
  theFileIsEmpty: "Die Datei ist leer",
  readingTheFile: "Die Datei wird gelesen",
  contentsOfName: name => `Inhalt von ${name}`,
  viewAs: "Ansicht als",
  loadingTheViewer: "Die Ansicht wird geladen",
  shownWhole: "Ganz gezeigt · ",
  shownInPart: "Teilweise gezeigt · ",
  readBytesOfSizeRead: (readBytes, size) => `${readBytes} von ${size} gelesen`,
  unpackedFromCompression: compression => ` · entpackt aus ${compression}`,
  readerReaderVersion: (reader, version) => ` · Leser ${reader} ${version}`,
  // ReadFailure
  theFileCannotBeRead: "Die Datei ist nicht lesbar",
  itMayBeDamagedOrBe:
    "Vielleicht ist sie beschädigt oder etwas anderes, als ihr Name sagt. Sehen Sie sich ihre Bytes an, oder laden Sie sie herunter.",
  noPreview: "Keine Vorschau",
  filesOfThisKindCannotBe:
    "Dateien dieser Art können nicht angezeigt werden. Sehen Sie sich ihre Bytes an, oder laden Sie sie herunter.",
  theFileHasChanged: "Die Datei hat sich geändert",
  openThePageAgainToSee: "Öffnen Sie die Seite noch einmal, um den jetzigen Stand zu sehen.",
  tooManyFilesAreBeingRead: "Zu viele Dateien werden gerade gelesen",
  tryAgainInAMoment: "Versuchen Sie es gleich noch einmal.",
  theFileIsGone: "Die Datei ist nicht mehr vorhanden",
  itWasRemovedOrMovedSince:
    "Sie wurde entfernt oder verschoben, seit diese Seite geöffnet wurde. Frühere Versionen sind vielleicht noch vorhanden.",
  showItsBytes: "Ihre Bytes zeigen",
  // forms
  contents: "Inhalt",
  pages: "Seiten",
  chart: "Diagramm",
  bytes: "Bytes",
  tracks: "Spuren",
  picture: "Bild",
  tree: "Baum",
  map: "Karte",
  document: "Dokument",
  player: "Abspielen",
  model: "Modell",
  notebook: "Notebook",
  package: "Paket",
  report: "Bericht",
  table: "Tabelle",
  text: "Text",
};
