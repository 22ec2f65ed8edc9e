import type { t as english } from "@/language/en/preview";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ArchivedFile
  standardHours: "Standard: in Stunden",
  bulkHalfDay: "Bulk: in einem halben Tag bis zwei Tagen, am günstigsten",
  expeditedMinutesDearest: "Expedited: in Minuten, am teuersten",
  fileBeingRestored: "Die Datei wird wiederhergestellt",
  tryAgain: "Noch einmal versuchen",
  s3BringsBack:
    "S3 holt sie aus seinem Archiv zurück; das dauert Minuten bis zwei Tage. Dann kann sie hier gelesen werden.",
  fileArchived: "Die Datei ist archiviert",
  restore: "Wiederherstellen …",
  peopleMayWrite: bucket => `Wer in ${bucket} schreiben darf, kann das anfordern.`,
  cannotReadBefore: level =>
    rich`Sie kann erst gelesen werden, wenn S3 eine Kopie zurückgeholt hat; das dauert Minuten bis zwei Tage. ${level}`,
  commandLine: "Auf der Kommandozeile",
  restoreFile: "Datei wiederherstellen",
  s3MakesCopy:
    "S3 erstellt eine lesbare Kopie und entfernt sie nach Ablauf der Tage. Das kostet, was in der Preisliste Ihres Speichers steht.",
  restore2: "Wiederherstellen",
  days: "Tage",
  n1Days: maxDays => `1 bis ${maxDays} Tage`,
  speed: "Geschwindigkeit",
  // Preview
  fileEmpty: "Die Datei ist leer",
  readingFile: "Die Datei wird gelesen",
  contentsName: name => `Inhalt von ${name}`,
  view: "Ansicht als",
  loadingViewer: "Die Ansicht wird geladen",
  shownWhole: "Ganz gezeigt · ",
  shownPart: "Teilweise gezeigt · ",
  readReadBytesSize: (readBytes, size) => `${readBytes} von ${size} gelesen`,
  unpackedCompression: compression => ` · entpackt aus ${compression}`,
  readerReaderVersion: (reader, version) => ` · Leser ${reader} ${version}`,
  // ReadFailure
  fileCannotRead: "Die Datei ist nicht lesbar",
  mayDamagedSomething:
    "Vielleicht ist sie beschädigt oder etwas anderes, als ihr Name sagt. Sehen Sie sich ihre Bytes an, oder laden Sie sie herunter.",
  noPreview: "Keine Vorschau",
  filesKindCannot:
    "Dateien dieser Art können nicht angezeigt werden. Sehen Sie sich ihre Bytes an, oder laden Sie sie herunter.",
  fileChanged: "Die Datei hat sich geändert",
  openPageAgain: "Öffnen Sie die Seite noch einmal, um den jetzigen Stand zu sehen.",
  tooManyFiles: "Zu viele Dateien werden gerade gelesen",
  tryAgainMoment: "Versuchen Sie es gleich noch einmal.",
  fileGone: "Die Datei ist nicht mehr vorhanden",
  removedMovedSince:
    "Sie wurde entfernt oder verschoben, seit diese Seite geöffnet wurde. Frühere Versionen sind vielleicht noch vorhanden.",
  showBytes: "Ihre Bytes zeigen",
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
