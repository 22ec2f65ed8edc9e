import type { t as english } from "@/language/en/features/jobs";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // JobPanel
  createNameBucket: (name, bucket) => `${name} in ${bucket} erstellen`,
  reviseNameBucket: (name, bucket) => `${name} in ${bucket} überarbeiten`,
  promoteNameBucket: (name, bucket) => `${name} an ${bucket} weitergeben`,
  push: "Push",
  loadingJob: "Der Auftrag wird geladen",
  backForm: "Zurück zum Formular",
  stopping: "Wird angehalten …",
  fileRevision: (totalEntries, link) =>
    rich`${counted(totalEntries, "Datei", "Dateien")} in Revision ${link}`,
  anotherPushBecame: "Ein anderer Push wurde im selben Moment zur neuesten Revision; beide sind erhalten.",
  pushStoppedNot: "Der Push wurde angehalten. Er hat keine Revision erzeugt.",
  cancel: "Abbrechen",
  resume: "Fortsetzen",
  openNewRevision: "Die neue Revision öffnen",
  waiting: "Wartet",
  running: "Läuft",
  done: "Fertig",
  failed: "Fehlgeschlagen",
  stopped: "Angehalten",
  ofTotal: total => ` von ${total}`,
  failedUnknownReason: "Er ist aus unbekanntem Grund fehlgeschlagen.",
  refused: "Er wurde abgelehnt:",
  // JobsPage
  jobs: "Aufträge",
  pushesRegistryMakes:
    "Pushes, die die Registry für Sie ausführt. Sie laufen weiter, wenn Sie die Seite verlassen.",
  loadingJobs: "Aufträge werden geladen",
  revisePackageCreate:
    "Überarbeiten Sie ein Paket, erstellen Sie eines, oder pushen Sie eines in einen anderen Bucket: Hier können Sie es verfolgen.",
  noJobsYet: "Noch keine Aufträge",
  finishedAgo: ago => rich`beendet ${ago}`,
  startedAgo: ago => rich`begonnen ${ago}`,
  olderJobs: "Ältere Aufträge",
  // problems
  compareNowThen: "Vergleichen Sie mit dem jetzigen Stand; pushen Sie dann Ihre Änderungen darauf.",
  correctNamedPush: "Berichtigen Sie, was genannt ist, und pushen Sie noch einmal.",
  objectGoneChanged:
    "Das Objekt fehlt, hat sich geändert, oder Ihre Rolle darf es nicht lesen. Nehmen Sie es heraus, oder lassen Sie sich Zugriff geben.",
  bucketsWorkflowConfiguration:
    "Die Workflow-Konfiguration des Buckets hat einen Fehler. Bitten Sie die Verantwortlichen des Buckets, ihn zu beheben.",
  chooseDestinationBuckets: "Wählen Sie ein Ziel, das die Workflow-Konfiguration dieses Buckets nennt.",
  askAdministratorAccess: "Bitten Sie die Administration um Zugriff.",
  sessionEndedWhile:
    "Ihre Sitzung endete, während er lief. Melden Sie sich wieder an, und setzen Sie ihn fort.",
  waitUntilOne: "Warten Sie, bis einer Ihrer Aufträge fertig ist.",
  failuresLikeOften:
    "Solche Fehler gehen oft vorüber. Setzen Sie den Push fort; er macht weiter, wo er stehen blieb.",
  computingHashes: "Prüfsummen werden berechnet",
  copyingObjects: "Objekte werden kopiert",
  writingManifest: "Manifest wird geschrieben",
  uploadingManifest: "Manifest wird hochgeladen",
  addingToIndex: "Manifest wird in den Index aufgenommen",
  publishing: "Wird veröffentlicht",
  waitingTurn: "Wartet, bis er an der Reihe ist",
  starting: "Beginnt",
};
