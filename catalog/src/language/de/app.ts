import type { t as english } from "@/language/en/app";
import { counted } from "@/language/language";

export const t: typeof english = {
  // CrashPage
  theCatalogMayHaveBeenUpdated:
    "Der Katalog wurde vielleicht aktualisiert, seit Sie ihn geöffnet haben. Laden Sie die Seite neu.",
  // JobsLink
  jobsRunning: running => counted(running, "Auftrag läuft", "Aufträge laufen"),
  jobs: "Aufträge",
  // KeyboardButton
  keyboardShortcuts: "Tastenkürzel",
  // KeyboardHelp
  search: "Suchen",
  goToAFileOfThe: "Zu einer Datei des geöffneten Pakets gehen",
  fromRowToRowInA: "In einer Liste von Zeile zu Zeile",
  ctrl: "Strg",
  enter: "Eingabe",
  runTheQueryThatIsWritten: "Die geschriebene Abfrage ausführen",
  home: "Pos1",
  end: "Ende",
  toTheFirstAndTheLast: "Zur ersten und zur letzten Zeile",
  esc: "Esc",
  closeWhatIsOpen: "Schließen, was offen ist",
  thisList: "Diese Liste",
  close: "Schließen",
  // ThemeToggle
  themeThemeSwitchToNext: (theme, next) => `Farben: ${theme}. Wechseln zu: ${next}`,
  system: "System",
  light: "hell",
  dark: "dunkel",
  // UserMenu
  language: "Sprache",
  account: "Konto",
  signedIn: "Angemeldet",
  yourAccount: "Ihr Konto",
  codeForTheCommandLine: "Code für die Kommandozeile",
  bookmarks: "Lesezeichen",
  queries: "Abfragen",
  administration: "Verwaltung",
  signOut: "Abmelden",
  // services
  theFileStore: "Der Dateispeicher",
  // Shell
  skipToContent: "Zum Inhalt springen",
  nameHome: name => `${name}, Startseite`,
  main: "Hauptmenü",
  install: "Einrichten",
  signIn: "Anmelden",
  patchworkStackVersion: stackVersion => `Patchwork ${stackVersion}`,
  api: "API",
  // SearchForm
  searchInScope: scope => `In ${scope} suchen`,
  searchPackagesAndFiles: "Pakete und Dateien suchen",
  namesWordsOfREADMEsAndFiles: "Namen, Wörter aus READMEs und Dateien, Metadaten",
};
