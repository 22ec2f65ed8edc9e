import { counted, section } from "@/language/language";

export const t = section("preview/text", {
  // HexViewer
  loadingTheBytes: "Loading the bytes",
  bytesOfSize: (bytes: string, size: string) => `${bytes} of ${size}`,
  more: "More",
  bytesOfName: (name: string) => `Bytes of ${name}`,
  // JsonFile
  readingTheFile: "Reading the file",
  // JsonViewer
  theFileHasSizeItsTree: (size: string) =>
    `The file has ${size}. Its tree can be shown when all of it is loaded.`,
  onlyTheBeginningIsShownThe: "Only the beginning is shown: the tree needs the whole file.",
  loadSize: (size: string) => `Load ${size}`,
  thisIsNotValidJSONMistake: (mistake: string) => `This is not valid JSON: ${mistake}.`,
  // LargeJsonTree
  loadingSize: (size: string) => `Loading ${size}`,
  thisIsNotValidJSONIn: (line: string, mistake: string) =>
    `This is not valid JSON: in line ${line}, ${mistake}.`,
  rows: (tree: number) => counted(tree, "row"),
  copyPath: "Copy path",
  copyValue: "Copy value",
  // NotebookViewer
  inExecutionCount: (executionCount: string | number) => `In [${executionCount}]`,
  cellNumber: (number: number) => `Cell ${number}`,
  outExecutionCount: (executionCount: string | number) => `Out [${executionCount}]`,
  outputIndexOfCellNumber: (index: number, number: number) => `Output ${index} of cell ${number}`,
  theOutputIsLongerThanWhat: "The output is longer than what is shown.",
  rendering: "Rendering",
  aPicture: "A picture",
  // StoredText
  loadingTheFile: "Loading the file",
  thisFileIsNotText: "This file is not text",
  theFirstMaxBytesOfSizeAre: (maxBytes: string, size: string) =>
    `The first ${maxBytes} of ${size} are shown.`,
  // TextViewer
  findInTheText: "Find in the text",
  atOfLines: (at: number, found: number) => `${at} of ${counted(found, "line")}`,
  notFound: "Not found",
  previousLineThatHasIt: "Previous line that has it",
  nextLineThatHasIt: "Next line that has it",
  wrapLongLines: "Wrap long lines",
  copy: "Copy",
  textOfName: (name: string) => `Text of ${name}`,
});
