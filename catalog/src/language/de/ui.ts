import type { t as english } from "@/language/en/ui";

export const t: typeof english = {
  // LeaveGuard
  leaveWithoutSaving: "Seite verlassen, ohne zu speichern?",
  changedPageNot: "Ihre Änderungen auf dieser Seite sind nicht gespeichert und gehen verloren.",
  keepEditing: "Weiter bearbeiten",
  leaveBeforeFinished: "Seite vor dem Abschluss verlassen?",
  pageStillWorking: "Diese Seite arbeitet noch an Dateien. Wenn Sie sie verlassen, bricht das ab.",
  stay: "Hier bleiben",
  // States
  loading: "Wird geladen",
  tryAgain: "Noch einmal versuchen",
  home: "Startseite",
  takesLongerThan: "Das dauert länger als üblich; die Antwort steht noch aus …",
  signedOut: "Sie sind abgemeldet",
  mayNotSee: "Das dürfen Sie nicht sehen",
  nothing: "Hier ist nichts",
  conflicts: "Das widerspricht dem vorhandenen Stand",
  tooLarge: "Das ist zu groß",
  tooManyRequests: "Zu viele Anfragen",
  cannotDone: "Das ist nicht möglich",
  serverProblem: "Der Server hatte ein Problem",
  noConnection: "Keine Verbindung",
  noAnswer: "Keine Antwort",
  pageCouldNot: "Diese Seite konnte nicht geladen werden",
  askAdministratorAccess:
    "Bitten Sie eine Administratorin oder einen Administrator um Zugriff, oder melden Sie sich mit einem anderen Konto an.",
  mayBeenRemoved: "Vielleicht wurde es entfernt oder umbenannt, oder Ihre Rolle umfasst es nicht.",
  tryingAgainOften: "Oft hilft ein neuer Versuch. Wenn nicht, melden Sie es der Administration.",
  checkConnectionFine:
    "Prüfen Sie Ihre Verbindung. Ist sie in Ordnung, ist der Dienst gerade nicht erreichbar.",
  serviceBusyTry: "Der Dienst ist ausgelastet. Versuchen Sie es gleich noch einmal.",
  pageFailedBecause: "Diese Seite ist an einem Fehler des Katalogs gescheitert.",
  request: "Anfrage",
  tryingAgainS: left => `Neuer Versuch in ${left} s · jetzt versuchen`,
  tryingAgain: "Neuer Versuch läuft …",
};
