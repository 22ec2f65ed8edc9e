import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/data", {
  // ShownEntry
  youMayNotReadThisFile: "You may not read this file, or it is not in S3.",
  readingTheFile: "Reading the file",
  showLess: "Show less",
  showAll: "Show all",
  // SummaryRows
  youMayNotReadItOr: "You may not read it, or it is not in S3",
  itHasFileAndAtMost: (file: string, maxSummaryBytes: string) =>
    `It has ${file}, and at most ${maxSummaryBytes} are read`,
  itIsNotText: "It is not text",
  readingSummaryName: (summaryName: string) => `Reading ${summaryName}`,
  summaryNameCannotBeReadMessage: (summaryName: string, message: string) =>
    `${summaryName} cannot be read. ${message}.`,
  showMoreRows: (rows: number) => `Show more: ${counted(rows, "row")}`,
  pathHasProblemsEverythingElseIs: (path: ReactNode, problems: number) =>
    rich`${path} has ${counted(problems, "problem")}. Everything else is shown.`,
  andMoresProblem: (more: number) => `and ${counted(more, "more problem")}`,
  openPath: (path: string) => `Open ${path}`,
  pathIsNotInThisRevision: (path: ReactNode) => rich`${path} is not in this revision.`,
  pathIsAFolderAndOnly: (path: ReactNode) => rich`${path} is a folder, and only files are shown.`,
  notHere: "Not here",
  uriIsNotTheAddressOf: (uri: ReactNode) => rich`${uri} is not the address of an object.`,
  lookingForTheObject: "Looking for the object",
  uriIsNotThereOrYou: (uri: ReactNode) => rich`${uri} is not there, or you may not read it.`,
  // summary
  thisIsNotJSONMessage: (message: string) => `This is not JSON: ${message}.`,
  theWholeDocument: "the whole document",
  itMustBeAnArrayOf: "It must be an array of files: [ … ].",
  rowIndex: (index: number) => `row ${index}`,
  onlyTheFirstMaxColumnsColumnsAre: (maxColumns: number) => `Only the first ${maxColumns} columns are shown.`,
  rowColumnColumn: (row: string, column: number) => `${row}, column ${column}`,
  onlyTheFirstMaxSummaryFilesFilesAre: (maxSummaryFiles: number) =>
    `Only the first ${maxSummaryFiles} files are shown.`,
  lineBeforeColumnBefore2: (before: number, before2: number) => `line ${before}, column ${before2}`,
  aFileIsAPathOr: "A file is a path, or an object with a “path”.",
  pathIsNoFileThatCan: (path: string, summaryName: string) =>
    `${path} is no file that can be shown here: files are named relative to ${summaryName}.`,
  thereIsNoSuchOption: "There is no such option.",
  itMustBeAText: "It must be a text.",
  whereExpand: (where: string) => `${where}, expand`,
  itMustBeTrueOrFalse: "It must be true or false.",
  whereWidth: (where: string) => `${where}, width`,
  itMustBeARatioSuch: "It must be a ratio such as 1.5, or a length such as “200px” or “50%”.",
  whereTypes: (where: string) => `${where}, types`,
  itMustBeAListSuch: "It must be a list such as [“echarts”] or [{“name”: “echarts”}].",
  thereIsNoTypeNameThe: (name: string) => `There is no type ${name}. The file is shown as usual.`,
  notebooksAreNotRunTheNotebook: "Notebooks are not run: the notebook is shown with its outputs.",
  styleMustHaveAHeightSuch: "“style” must have a “height” such as “600px”.",
  configMustBeAnObjectAs: "“config” must be an object, as Perspective saves it.",
  oneOfItsFiltersIsNot: "One of its filters is not known here, and is left out.",
  groups: "Groups",
  splitColumns: "Split columns",
  expressions: "Expressions",
  whatOfPerspectiveAreNotShown: (what: string) =>
    `${what} of Perspective are not shown: the rows are, as they are stored.`,
  thePlotPluginOfPerspectiveIs: (plugin: string) =>
    `The plot ${plugin} of Perspective is not drawn: the rows are shown.`,
  // PackageData
  lookingForWhatToShow: "Looking for what to show",
  loadingTheFolder: "Loading the folder",
  lookingIntoTheFolders: "Looking into the folders",
  nothingToShowHere: "Nothing to show here",
  allFiles: "All files",
  is: "is",
  are: "are",
  thereValueFilesButNoREADME: (value: string, totalEntries: number, summaryName: ReactNode) =>
    rich`There ${value} ${counted(totalEntries, "file")}, but no README, table, picture or report among the first. A file ${summaryName} says what is to be seen here.`,
  thePackage: "the package",
  ofPath: (path: string) => `of ${path}`,
  picturesPath: (path: string) => `Pictures ${path}`,
});
