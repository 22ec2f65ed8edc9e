import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("preview", {
  // ArchivedFile
  standardHours: "Standard: in hours",
  bulkHalfDay: "Bulk: in half a day to two days, the cheapest",
  expeditedMinutesDearest: "Expedited: in minutes, the dearest",
  fileBeingRestored: "The file is being restored",
  tryAgain: "Try again",
  s3BringsBack:
    "S3 brings it back from its archive, which takes minutes to two days. Then it can be read here.",
  fileArchived: "The file is archived",
  restore: "Restore…",
  peopleMayWrite: (bucket: string) => `People who may write to ${bucket} can ask for that.`,
  cannotReadBefore: (level: ReactNode) =>
    rich`It cannot be read before S3 has brought a copy back, which takes minutes to two days. ${level}`,
  commandLine: "On the command line",
  restoreFile: "Restore the file",
  s3MakesCopy:
    "S3 makes a copy that can be read, and removes it after the days. It costs what your store's price list says.",
  restore2: "Restore",
  days: "Days",
  n1Days: (maxDays: number) => `1 to ${maxDays} days`,
  speed: "Speed",
  // Preview
  fileEmpty: "The file is empty",
  readingFile: "Reading the file",
  contentsName: (name: string) => `Contents of ${name}`,
  view: "View as",
  loadingViewer: "Loading the viewer",
  shownWhole: "Shown whole · ",
  shownPart: "Shown in part · ",
  readReadBytesSize: (readBytes: string, size: string) => `${readBytes} of ${size} read`,
  unpackedCompression: (compression: string) => ` · unpacked from ${compression}`,
  readerReaderVersion: (reader: string, version: string) => ` · reader ${reader} ${version}`,
  // ReadFailure
  fileCannotRead: "The file cannot be read",
  mayDamagedSomething:
    "It may be damaged, or be something else than its name says. Look at its bytes, or download it.",
  noPreview: "No preview",
  filesKindCannot: "Files of this kind cannot be shown. Look at its bytes, or download it.",
  fileChanged: "The file has changed",
  openPageAgain: "Open the page again to see what is there now.",
  tooManyFiles: "Too many files are being read",
  tryAgainMoment: "Try again in a moment.",
  fileGone: "The file is gone",
  removedMovedSince:
    "It was removed or moved since this page was opened. Earlier versions may still be there.",
  showBytes: "Show its bytes",
  // forms
  contents: "Contents",
  pages: "Pages",
  chart: "Chart",
  bytes: "Bytes",
  tracks: "Tracks",
  picture: "Picture",
  tree: "Tree",
  map: "Map",
  document: "Document",
  player: "Player",
  model: "Model",
  notebook: "Notebook",
  package: "Package",
  report: "Report",
  table: "Table",
  text: "Text",
});
