import type { t as english } from "@/language/en/ui/parts";
import { counted } from "@/language/language";

export const t: typeof english = {
  // Copy
  copied: "Kopiert",
  couldNotCopy: "Kopieren fehlgeschlagen",
  copy: "Kopieren",
  // FolderTrail
  folder: "Ordner",
  // ForWriters
  roleMayOnly: bucket => `Ihre Rolle darf ${bucket} nur lesen.`,
  // JsonTree
  empty: "leer",
  moreOf: of => `${of} weitere …`,
  // LanguageChoice
  language: "Sprache",
  // Layout
  breadcrumb: "Pfad",
  // LeaveDialog
  leave: "Verlassen",
  // ListPanel
  more: "Mehr",
  // Loaded
  loading: "Wird geladen",
  // Measures
  bytesOf: of => `${of} Bytes`,
  // Modal
  cancel: "Abbrechen",
  // MoreFailed
  loadingMore: "Weitere werden geladen …",
  tryAgain: "Noch einmal versuchen",
  // NewPassword
  againLabel: label => `${label}, noch einmal`,
  // NotFoundPage
  notFound: "Nicht gefunden",
  addressMayMistyped: "Die Adresse ist vielleicht falsch geschrieben, oder ihr Ziel ist umgezogen.",
  noSuchPage: "Diese Seite gibt es nicht",
  home: "Startseite",
  // PackageBlock
  revisionsRevisions: revisions => counted(revisions, "Revision", "Revisionen"),
  packagesPackages: packages => counted(packages, "Paket", "Pakete"),
  // Palette
  escClose: "Esc: schließen",
  // PickerPopover
  filter: "Filtern",
  nothingContains: filter => `Nichts enthält „${filter}“.`,
  // Seam
  added: "hinzugefügt",
  changed: "geändert",
  moved: "verschoben",
  otherMetadata: "mit anderen Metadaten",
  removed: "entfernt",
  notCountedYet: "noch nicht gezählt",
  sameFiles: "dieselben Dateien",
  filesCount: count => counted(count, "Datei", "Dateien"),
  // SortChoice
  sort: "Sortieren",
};
