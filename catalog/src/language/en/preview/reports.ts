import { section } from "@/language/language";

export const t = section("preview/reports", {
  // ReportSession
  openingReport: "Opening the report",
  // ReportViewer
  loadReportAgain: "Load the report again",
  fillWindowReport: "Fill the window with the report",
  reportLoadsParts: (hosts: string) =>
    `This report loads parts of itself from ${hosts}. Reports reach no other hosts, so parts of it may be missing. Save it again with everything in its own files.`,
  backPage: "Back to the page",
  loadingReport: "Loading the report",
  reportName: (name: string) => `Report ${name}`,
});
