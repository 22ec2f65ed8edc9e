import type { t as english } from "@/language/en/app";
import { counted } from "@/language/language";

export const t: typeof english = {
  // CrashPage
  catalogMayBeen:
    "Der Katalog wurde vielleicht aktualisiert, seit Sie ihn geöffnet haben. Laden Sie die Seite neu.",
  // JobsLink
  jobRunning: running => counted(running, "Auftrag läuft", "Aufträge laufen"),
  jobs: "Aufträge",
  // KeyboardButton
  keyboardShortcuts: "Tastenkürzel",
  // Shell
  queries: "Abfragen",
  signOut: "Abmelden",
  skipContent: "Zum Inhalt springen",
  homeName: name => `${name}, Startseite`,
  main: "Hauptmenü",
  install: "Einrichten",
  sign: "Anmelden",
  patchworkStackVersion: stackVersion => `Patchwork ${stackVersion}`,
  api: "API",
  // ThemeToggle
  themeSwitch: (theme, next) => `Farben: ${theme}. Wechseln zu: ${next}`,
  system: "System",
  light: "hell",
  dark: "dunkel",
  // UserMenu
  account: "Konto",
  signed: "Angemeldet",
  account2: "Ihr Konto",
  codeCommandLine: "Code für die Kommandozeile",
  bookmarks: "Lesezeichen",
  administration: "Verwaltung",
  // services
  fileStore: "Der Dateispeicher",
  // SearchForm
  searchScope: scope => `In ${scope} suchen`,
  searchPackagesFiles: "Pakete und Dateien suchen",
  namesWordsREADMEs: "Namen, Wörter aus READMEs und Dateien, Metadaten",
  // Start
  starting: "Katalog wird gestartet",
};
