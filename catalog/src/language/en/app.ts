import { counted, section } from "@/language/language";

export const t = section("app", {
  // CrashPage
  catalogMayBeen: "The catalog may have been updated since you opened it. Load the page again.",
  // JobsLink
  jobRunning: (running: number) => `${counted(running, "job")} running`,
  jobs: "Jobs",
  // KeyboardButton
  keyboardShortcuts: "Keyboard shortcuts",
  // Shell
  queries: "Queries",
  signOut: "Sign out",
  skipContent: "Skip to content",
  homeName: (name: string) => `${name}, home`,
  main: "Main",
  install: "Install",
  sign: "Sign in",
  patchworkStackVersion: (stackVersion: string) => `Patchwork ${stackVersion}`,
  api: "API",
  // ThemeToggle
  themeSwitch: (theme: string, next: string) => `Theme: ${theme}. Switch to ${next}`,
  system: "system",
  light: "light",
  dark: "dark",
  // UserMenu
  account: "Account",
  signed: "Signed in",
  account2: "Your account",
  codeCommandLine: "Code for the command line",
  bookmarks: "Bookmarks",
  administration: "Administration",
  // services
  fileStore: "The file store",
  // SearchForm
  searchScope: (scope: string) => `Search in ${scope}`,
  searchPackagesFiles: "Search packages and files",
  namesWordsREADMEs: "Names, words of READMEs and files, metadata",
  // Start
  starting: "Starting",
});
