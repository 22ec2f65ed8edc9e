import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/data", {
  // PackageData
  lookingShow: "Looking for what to show",
  loadingFolder: "Loading the folder",
  lookingIntoFolders: "Looking into the folders",
  nothingShow: "Nothing to show here",
  allFiles: "All files",
  is: "is",
  are: "are",
  fileButNo: (value: string, totalEntries: number, summaryName: ReactNode) =>
    rich`There ${value} ${counted(totalEntries, "file")}, but no README, table, picture or report among the first. A file ${summaryName} says what is to be seen here.`,
  package: "the package",
  ofPath: (path: string) => `of ${path}`,
  picturesPath: (path: string) => `Pictures ${path}`,
  // ShownEntry
  mayNotRead: "You may not read this file, or it is not in S3.",
  readingFile: "Reading the file",
  showLess: "Show less",
  showAll: "Show all",
  // SummaryRows
  mayNotReadNot: "You may not read it, or it is not in S3",
  mostRead: (file: string, maxSummaryBytes: string) =>
    `It has ${file}, and at most ${maxSummaryBytes} are read`,
  notText: "It is not text",
  readingSummaryName: (summaryName: string) => `Reading ${summaryName}`,
  cannotRead: (summaryName: string, message: string) => `${summaryName} cannot be read. ${message}.`,
  showMoreRow: (rows: number) => `Show more: ${counted(rows, "row")}`,
  problemEverythingElse: (path: ReactNode, problems: number) =>
    rich`${path} has ${counted(problems, "problem")}. Everything else is shown.`,
  moreProblem: (more: number) => `and ${counted(more, "more problem")}`,
  openPath: (path: string) => `Open ${path}`,
  notRevision: (path: ReactNode) => rich`${path} is not in this revision.`,
  folderOnlyFiles: (path: ReactNode) => rich`${path} is a folder, and only files are shown.`,
  not: "Not here",
  notAddressObject: (uri: ReactNode) => rich`${uri} is not the address of an object.`,
  lookingObject: "Looking for the object",
  notMayNot: (uri: ReactNode) => rich`${uri} is not there, or you may not read it.`,
  // summary
  notJson: (message: string) => `This is not JSON: ${message}.`,
  wholeDocument: "the whole document",
  mustArrayFiles: "It must be an array of files: [ … ].",
  rowIndex: (index: number) => `row ${index}`,
  onlyFirstColumns: (maxColumns: number) => `Only the first ${maxColumns} columns are shown.`,
  columnRowColumn: (row: string, column: number) => `${row}, column ${column}`,
  onlyFirstFiles: (maxSummaryFiles: number) => `Only the first ${maxSummaryFiles} files are shown.`,
  lineColumn: (before: number, before2: number) => `line ${before}, column ${before2}`,
  filePathObject: "A file is a path, or an object with a “path”.",
  noFileCan: (path: string, summaryName: string) =>
    `${path} is no file that can be shown here: files are named relative to ${summaryName}.`,
  noSuchOption: "There is no such option.",
  mustText: "It must be a text.",
  expandWhere: (where: string) => `${where}, expand`,
  mustTrueFalse: "It must be true or false.",
  widthWhere: (where: string) => `${where}, width`,
  mustRatioSuch: "It must be a ratio such as 1.5, or a length such as “200px” or “50%”.",
  typesWhere: (where: string) => `${where}, types`,
  mustListSuch: "It must be a list such as [“echarts”] or [{“name”: “echarts”}].",
  noTypeFile: (name: string) => `There is no type ${name}. The file is shown as usual.`,
  notebooksNotRun: "Notebooks are not run: the notebook is shown with its outputs.",
  styleMustHeight: "“style” must have a “height” such as “600px”.",
  configMustObject: "“config” must be an object, as Perspective saves it.",
  oneFiltersNot: "One of its filters is not known here, and is left out.",
  groups: "Groups",
  splitColumns: "Split columns",
  expressions: "Expressions",
  perspectiveNotShown: (what: string) =>
    `${what} of Perspective are not shown: the rows are, as they are stored.`,
  plotPerspectiveNot: (plugin: string) =>
    `The plot ${plugin} of Perspective is not drawn: the rows are shown.`,
});
