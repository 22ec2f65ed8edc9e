import { counted, section } from "@/language/language";

export const t = section("preview/text", {
  // HexViewer
  loadingBytes: "Loading the bytes",
  ofBytesSize: (bytes: string, size: string) => `${bytes} of ${size}`,
  more: "More",
  bytesName: (name: string) => `Bytes of ${name}`,
  // JsonFile
  readingFile: "Reading the file",
  // JsonViewer
  fileTreeCan: (size: string) => `The file has ${size}. Its tree can be shown when all of it is loaded.`,
  onlyBeginningShown: "Only the beginning is shown: the tree needs the whole file.",
  loadSize: (size: string) => `Load ${size}`,
  notValidJson: (mistake: string) => `This is not valid JSON: ${mistake}.`,
  // LargeJsonTree
  loadingSize: (size: string) => `Loading ${size}`,
  notValidJsonLine: (line: string, mistake: string) => `This is not valid JSON: in line ${line}, ${mistake}.`,
  rowsTree: (tree: number) => counted(tree, "row"),
  copyPath: "Copy path",
  copyValue: "Copy value",
  // NotebookViewer
  inExecutionCount: (executionCount: string | number) => `In [${executionCount}]`,
  cellNumber: (number: number) => `Cell ${number}`,
  outExecutionCount: (executionCount: string | number) => `Out [${executionCount}]`,
  outputCell: (index: number, number: number) => `Output ${index} of cell ${number}`,
  outputLongerThan: "The output is longer than what is shown.",
  rendering: "Rendering",
  picture: "A picture",
  // StoredText
  loadingFile: "Loading the file",
  fileNotText: "This file is not text",
  firstShown: (maxBytes: string, size: string) => `The first ${maxBytes} of ${size} are shown.`,
  // TextViewer
  findText: "Find in the text",
  lineAtFound: (at: number, found: number) => `${at} of ${counted(found, "line")}`,
  notFound: "Not found",
  previousLine: "Previous line that has it",
  nextLine: "Next line that has it",
  wrapLongLines: "Wrap long lines",
  copy: "Copy",
  textName: (name: string) => `Text of ${name}`,
});
