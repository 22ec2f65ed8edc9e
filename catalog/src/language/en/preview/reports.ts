import { section } from "@/language/language";

export const t = section("preview/reports", {
  // ReportSession
  openingTheReport: "Opening the report",
  // ReportViewer
  loadTheReportAgain: "Load the report again",
  fillTheWindowWithTheReport: "Fill the window with the report",
  thisReportLoadsPartsOfItself: (hosts: string) =>
    `This report loads parts of itself from ${hosts}. Reports reach no other hosts, so parts of it may be missing. Save it again with everything in its own files.`,
  backToThePage: "Back to the page",
  loadingTheReport: "Loading the report",
  reportName: (name: string) => `Report ${name}`,
});
