import { section } from "@/language/language";

export const t = section("app/keyboard", {
  // KeyboardHelp
  keyboardShortcuts: "Keyboard shortcuts",
  search: "Search",
  goFilePackage: "Go to a file of the package that is open",
  rowRowList: "From row to row in a list",
  ctrl: "Ctrl",
  enter: "Enter",
  runQueryWritten: "Run the query that is written",
  home: "Home",
  end: "End",
  firstLastRow: "To the first and the last row",
  esc: "Esc",
  closeOpen: "Close what is open",
  list: "This list",
  close: "Close",
});
