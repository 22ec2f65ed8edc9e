import type { t as english } from "@/language/en/preview/reports";

export const t: typeof english = {
  // ReportSession
  openingTheReport: "Der Bericht wird geöffnet",
  // ReportViewer
  loadTheReportAgain: "Bericht neu laden",
  fillTheWindowWithTheReport: "Fenster mit dem Bericht füllen",
  thisReportLoadsPartsOfItself: hosts =>
    `Dieser Bericht lädt Teile von ${hosts}. Berichte erreichen keine anderen Hosts, deshalb fehlen vielleicht Teile. Speichern Sie ihn noch einmal mit allem in seinen eigenen Dateien.`,
  backToThePage: "Zurück zur Seite",
  loadingTheReport: "Der Bericht wird geladen",
  reportName: name => `Bericht ${name}`,
};
