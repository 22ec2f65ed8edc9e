import { counted, section } from "@/language/language";

export const t = section("app", {
  // CrashPage
  theCatalogMayHaveBeenUpdated: "The catalog may have been updated since you opened it. Load the page again.",
  // JobsLink
  jobsRunning: (running: number) => `${counted(running, "job")} running`,
  jobs: "Jobs",
  // KeyboardButton
  keyboardShortcuts: "Keyboard shortcuts",
  // KeyboardHelp
  search: "Search",
  goToAFileOfThe: "Go to a file of the package that is open",
  fromRowToRowInA: "From row to row in a list",
  ctrl: "Ctrl",
  enter: "Enter",
  runTheQueryThatIsWritten: "Run the query that is written",
  home: "Home",
  end: "End",
  toTheFirstAndTheLast: "To the first and the last row",
  esc: "Esc",
  closeWhatIsOpen: "Close what is open",
  thisList: "This list",
  close: "Close",
  // ThemeToggle
  themeThemeSwitchToNext: (theme: string, next: string) => `Theme: ${theme}. Switch to ${next}`,
  system: "system",
  light: "light",
  dark: "dark",
  // UserMenu
  language: "Language",
  account: "Account",
  signedIn: "Signed in",
  yourAccount: "Your account",
  codeForTheCommandLine: "Code for the command line",
  bookmarks: "Bookmarks",
  queries: "Queries",
  administration: "Administration",
  signOut: "Sign out",
  // services
  theFileStore: "The file store",
  // Shell
  skipToContent: "Skip to content",
  nameHome: (name: string) => `${name}, home`,
  main: "Main",
  install: "Install",
  signIn: "Sign in",
  patchworkStackVersion: (stackVersion: string) => `Patchwork ${stackVersion}`,
  api: "API",
  // SearchForm
  searchInScope: (scope: string) => `Search in ${scope}`,
  searchPackagesAndFiles: "Search packages and files",
  namesWordsOfREADMEsAndFiles: "Names, words of READMEs and files, metadata",
});
