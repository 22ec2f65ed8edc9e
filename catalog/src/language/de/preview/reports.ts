import type { t as english } from "@/language/en/preview/reports";

export const t: typeof english = {
  // ReportSession
  openingReport: "Der Bericht wird geöffnet",
  // ReportViewer
  loadReportAgain: "Bericht neu laden",
  fillWindowReport: "Fenster mit dem Bericht füllen",
  reportLoadsParts: hosts =>
    `Dieser Bericht lädt Teile von ${hosts}. Berichte erreichen keine anderen Hosts, deshalb fehlen vielleicht Teile. Speichern Sie ihn noch einmal mit allem in seinen eigenen Dateien.`,
  backPage: "Zurück zur Seite",
  loadingReport: "Der Bericht wird geladen",
  reportName: name => `Bericht ${name}`,
};
