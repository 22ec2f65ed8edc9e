import type { t as english } from "@/language/en/ui";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // Copy
  copied: "Kopiert",
  couldNotCopy: "Kopieren fehlgeschlagen",
  copy: "Kopieren",
  // FolderTrail
  folder: "Ordner",
  // ForWriters
  yourRoleMayOnlyReadBucket: bucket => `Ihre Rolle darf ${bucket} nur lesen.`,
  // JsonTree
  empty: "leer",
  ofMore: of => `${of} weitere …`,
  // LanguageChoice
  language: "Sprache",
  // Layout
  breadcrumb: "Pfad",
  // ListPanel
  more: "Mehr",
  // Loaded
  loading: "Wird geladen",
  // Measures
  ofBytes: of => `${of} Bytes`,
  // MoreFailed
  loadingMore: "Weitere werden geladen …",
  tryAgain: "Noch einmal versuchen",
  // NewPassword
  labelAgain: label => `${label}, noch einmal`,
  // NotFoundPage
  notFound: "Nicht gefunden",
  theAddressMayBeMistypedOr: "Die Adresse ist vielleicht falsch geschrieben, oder ihr Ziel ist umgezogen.",
  thereIsNoSuchPage: "Diese Seite gibt es nicht",
  home: "Startseite",
  // Palette
  escClose: "Esc: schließen",
  // PackageBlock
  revisions: revisions => counted(revisions, "Revision", "Revisionen"),
  packages: packages => counted(packages, "Paket", "Pakete"),
  // PickerPopover
  filter: "Filtern",
  nothingContainsFilter: filter => `Nichts enthält „${filter}“.`,
  // Seam
  added: "hinzugefügt",
  changed: "geändert",
  moved: "verschoben",
  withOtherMetadata: "mit anderen Metadaten",
  removed: "entfernt",
  notCountedYet: "noch nicht gezählt",
  sameFiles: "dieselben Dateien",
  files: count => counted(count, "Datei", "Dateien"),
  // SortChoice
  sort: "Sortieren",
  // States
  thisTakesLongerThanUsualStill: "Das dauert länger als üblich; die Antwort steht noch aus …",
  youAreSignedOut: "Sie sind abgemeldet",
  youMayNotSeeThis: "Das dürfen Sie nicht sehen",
  nothingHere: "Hier ist nichts",
  thatConflictsWithWhatIsThere: "Das widerspricht dem vorhandenen Stand",
  thatIsTooLarge: "Das ist zu groß",
  tooManyRequests: "Zu viele Anfragen",
  thatCannotBeDone: "Das ist nicht möglich",
  theServerHadAProblem: "Der Server hatte ein Problem",
  noConnection: "Keine Verbindung",
  noAnswer: "Keine Antwort",
  thisPageCouldNotBeLoaded: "Diese Seite konnte nicht geladen werden",
  askAnAdministratorForAccessOr:
    "Bitten Sie eine Administratorin oder einen Administrator um Zugriff, oder melden Sie sich mit einem anderen Konto an.",
  itMayHaveBeenRemovedOr: "Vielleicht wurde es entfernt oder umbenannt, oder Ihre Rolle umfasst es nicht.",
  tryingAgainOftenHelpsIfIt: "Oft hilft ein neuer Versuch. Wenn nicht, melden Sie es der Administration.",
  checkYourConnectionIfItIs:
    "Prüfen Sie Ihre Verbindung. Ist sie in Ordnung, ist der Dienst gerade nicht erreichbar.",
  theServiceIsBusyTryAgain: "Der Dienst ist ausgelastet. Versuchen Sie es gleich noch einmal.",
  thisPageFailedBecauseOfA: "Diese Seite ist an einem Fehler des Katalogs gescheitert.",
  requestRequestId: requestId => rich`Anfrage ${requestId}`,
  tryingAgainInLeftSTry: left => `Neuer Versuch in ${left} s · jetzt versuchen`,
  tryingAgain: "Neuer Versuch läuft …",
  // LeaveDialog
  leave: "Verlassen",
  // LeaveGuard
  leaveWithoutSaving: "Seite verlassen, ohne zu speichern?",
  whatYouChangedOnThisPage: "Ihre Änderungen auf dieser Seite sind nicht gespeichert und gehen verloren.",
  keepEditing: "Weiter bearbeiten",
  leaveBeforeItIsFinished: "Seite vor dem Abschluss verlassen?",
  thisPageIsStillWorkingOn: "Diese Seite arbeitet noch an Dateien. Wenn Sie sie verlassen, bricht das ab.",
  stayHere: "Hier bleiben",
  // Modal
  cancel: "Abbrechen",
};
