import type { t as english } from "@/language/en/features/files/selection";
import { counted } from "@/language/language";

export const t: typeof english = {
  // ArchiveDialog
  stop: "Anhalten",
  close: "Schließen",
  downloadArchive: "Als Archiv herunterladen",
  browserWritesArchive:
    "Der Browser schreibt das Archiv, während er die Dateien liest. Lassen Sie diese Seite offen.",
  archived: "archiviert",
  downloadAgain: "Noch einmal herunterladen",
  downloadZip: "ZIP herunterladen",
  // ChooseCell
  choose: "Auswählen",
  chooseRow: row => `${row} auswählen`,
  // ChosenMenu
  chooseNone: "Auswahl aufheben",
  listingFilesStop: "Dateien werden aufgelistet … Anhalten",
  actionsChosenItems: "Aktionen für Ausgewähltes",
  makePackage: "Ein Paket daraus erstellen",
  bookmark: "Lesezeichen setzen",
  // SelectionActions
  downloadItem: keys => `${counted(keys, "Eintrag", "Einträge")} herunterladen`,
  copy: "Kopieren …",
  move: "Verschieben …",
  delete: "Löschen …",
  // TransferDialog
  filesPatchworkQuilt: "In .quilt/ liegen Dateien von Patchwork und Quilt: Nichts anderes darf dorthin.",
  roleMayNot: "Ihre Rolle darf in keinen Bucket schreiben.",
  nowhereWrite: "Kein Bucket zum Schreiben",
  cancel: "Abbrechen",
  already: "Sie sind schon dort.",
  move2: "Verschieben",
  copy2: "Kopieren",
  moveItems: count => `${counted(count, "Eintrag", "Einträge")} verschieben`,
  copyItems: count => `${counted(count, "Eintrag", "Einträge")} kopieren`,
  filesStayWithin:
    "Die Dateien bleiben innerhalb von S3: Nichts wird heruntergeladen. Gleichnamige Dateien erhalten eine neue Version.",
  bucket: "Bucket",
  folder: "Ordner",
  leaveEmptyTop: "Leer lassen für die oberste Ebene des Buckets.",
  moved: "verschoben",
  copied: "kopiert",
  // WorkProgress
  fileDoneTotal: (done, total, done2) => `${done} von ${counted(total, "Datei", "Dateien")} ${done2}`,
  listingFiles: "Dateien werden aufgelistet …",
  filesDone: done => counted(done, "Datei", "Dateien"),
  thenStopped: ", dann angehalten",
  progress: "Fortschritt",
  fileCouldNot: (failed, done) =>
    `${counted(failed, "Datei konnte", "Dateien konnten")} nicht ${done} werden.`,
  filesCouldNot: done => `Dateien, die nicht ${done} werden konnten`,
  // archive
  browserCanMake:
    "Dieser Browser kann Archive von höchstens 1 GiB erstellen. Wählen Sie weniger Dateien, oder erstellen Sie ein Paket daraus.",
  cannotReadHttp: (path, status) => `${path} ist nicht lesbar (HTTP ${status}).`,
  cannotRead: (path, error) => `${path} ist nicht lesbar: ${error}`,
  // packageItems
  moreThanFiles: (maxPackageFiles, name) => `In ${name} sind mehr als ${maxPackageFiles} Dateien.`,
  notS3: path => `${path} ist nicht in S3.`,
  // transfer
  already2: "Es ist schon dort.",
  moreThanFilesChoose: maxListedObjects =>
    `Das sind mehr als ${maxListedObjects} Dateien. Wählen Sie weniger.`,
};
