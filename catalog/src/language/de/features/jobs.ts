import type { t as english } from "@/language/en/features/jobs";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // JobPanel
  createNameInBucket: (name, bucket) => `${name} in ${bucket} erstellen`,
  reviseNameInBucket: (name, bucket) => `${name} in ${bucket} überarbeiten`,
  promoteNameToBucket: (name, bucket) => `${name} an ${bucket} weitergeben`,
  push: "Push",
  loadingTheJob: "Der Auftrag wird geladen",
  backToTheForm: "Zurück zum Formular",
  stopping: "Wird angehalten …",
  filesInRevisionLink: (totalEntries, link) =>
    rich`${counted(totalEntries, "Datei", "Dateien")} in Revision ${link}`,
  anotherPushBecameTheLatestRevision:
    "Ein anderer Push wurde im selben Moment zur neuesten Revision; beide sind erhalten.",
  thePushWasStoppedItHas: "Der Push wurde angehalten. Er hat keine Revision erzeugt.",
  cancel: "Abbrechen",
  resume: "Fortsetzen",
  openTheNewRevision: "Die neue Revision öffnen",
  waiting: "Wartet",
  running: "Läuft",
  done: "Fertig",
  failed: "Fehlgeschlagen",
  stopped: "Angehalten",
  ofTotal: total => ` von ${total}`,
  itFailedForAnUnknownReason: "Er ist aus unbekanntem Grund fehlgeschlagen.",
  itWasRefused: "Er wurde abgelehnt:",
  // JobsPage
  jobs: "Aufträge",
  pushesThatTheRegistryMakesFor:
    "Pushes, die die Registry für Sie ausführt. Sie laufen weiter, wenn Sie die Seite verlassen.",
  loadingJobs: "Aufträge werden geladen",
  reviseAPackageCreateOneOr:
    "Überarbeiten Sie ein Paket, erstellen Sie eines, oder pushen Sie eines in einen anderen Bucket: Hier können Sie es verfolgen.",
  noJobsYet: "Noch keine Aufträge",
  finishedAgo: ago => rich`beendet ${ago}`,
  startedAgo: ago => rich`begonnen ${ago}`,
  olderJobs: "Ältere Aufträge",
  // problems
  compareWithWhatIsThereNow:
    "Vergleichen Sie mit dem jetzigen Stand; pushen Sie dann Ihre Änderungen darauf.",
  correctWhatIsNamedAndPush: "Berichtigen Sie, was genannt ist, und pushen Sie noch einmal.",
  theObjectIsGoneHasChanged:
    "Das Objekt fehlt, hat sich geändert, oder Ihre Rolle darf es nicht lesen. Nehmen Sie es heraus, oder lassen Sie sich Zugriff geben.",
  theBucketsWorkflowConfigurationHasAn:
    "Die Workflow-Konfiguration des Buckets hat einen Fehler. Bitten Sie die Verantwortlichen des Buckets, ihn zu beheben.",
  chooseADestinationThatThisBuckets:
    "Wählen Sie ein Ziel, das die Workflow-Konfiguration dieses Buckets nennt.",
  askAnAdministratorForAccess: "Bitten Sie die Administration um Zugriff.",
  yourSessionEndedWhileItRan:
    "Ihre Sitzung endete, während er lief. Melden Sie sich wieder an, und setzen Sie ihn fort.",
  waitUntilOneOfYourJobs: "Warten Sie, bis einer Ihrer Aufträge fertig ist.",
  failuresLikeThisOftenPassResume:
    "Solche Fehler gehen oft vorüber. Setzen Sie den Push fort; er macht weiter, wo er stehen blieb.",
  computingHashes: "Prüfsummen werden berechnet",
  copyingObjects: "Objekte werden kopiert",
  writingTheManifest: "Manifest wird geschrieben",
  uploadingTheManifest: "Manifest wird hochgeladen",
  readingItBack: "Manifest wird gelesen",
  publishing: "Wird veröffentlicht",
  waitingForItsTurn: "Wartet, bis er an der Reihe ist",
  starting: "Beginnt",
};
