import type { t as english } from "@/language/en/app/keyboard";

export const t: typeof english = {
  // KeyboardHelp
  keyboardShortcuts: "Tastenkürzel",
  search: "Suchen",
  goFilePackage: "Zu einer Datei des geöffneten Pakets gehen",
  rowRowList: "In einer Liste von Zeile zu Zeile",
  ctrl: "Strg",
  enter: "Eingabe",
  runQueryWritten: "Die geschriebene Abfrage ausführen",
  home: "Pos1",
  end: "Ende",
  firstLastRow: "Zur ersten und zur letzten Zeile",
  esc: "Esc",
  closeOpen: "Schließen, was offen ist",
  list: "Diese Liste",
  close: "Schließen",
};
