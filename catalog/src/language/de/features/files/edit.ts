import type { t as english } from "@/language/en/features/files/edit";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // EditObject
  readingFile: "Die Datei wird gelesen",
  fileChanged: "Die Datei wurde geändert",
  fileNameMade: "Eine Datei dieses Namens wurde angelegt",
  somebodyElse: value => `${value} von jemand anderem.`,
  wroteStill: bySomebody => rich`${bySomebody} Was Sie geschrieben haben, ist noch hier.`,
  dropMyChanges: "Meine Änderungen verwerfen und neu lesen",
  saveMineNewest: "Meine als neueste Version speichern",
  savedWithoutRest: "Gespeichert. Was Sie seitdem geschrieben haben, ist noch nicht gespeichert.",
  editKey: key => `${key} bearbeiten`,
  cancel: "Abbrechen",
  save: "Speichern",
  textKey: key => `Text von ${key}`,
  // problems
  lineColumn: (before, before2, message) => `Zeile ${before}, Spalte ${before2}: ${message}`,
  // useText
  fileLargerThan: "Die Datei ist größer als 1 MiB. Laden Sie sie herunter, um sie zu bearbeiten.",
  fileNoUtf:
    "Die Datei ist kein UTF-8-Text oder hat verschiedene Zeilenenden. Laden Sie sie herunter, um sie zu bearbeiten.",
};
