import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("preview", {
  // ArchivedFile
  standardInHours: "Standard: in hours",
  bulkInHalfADayTo: "Bulk: in half a day to two days, the cheapest",
  expeditedInMinutesTheDearest: "Expedited: in minutes, the dearest",
  theFileIsBeingRestored: "The file is being restored",
  tryAgain: "Try again",
  s3BringsItBackFromIts:
    "S3 brings it back from its archive, which takes minutes to two days. Then it can be read here.",
  theFileIsArchived: "The file is archived",
  restore: "Restore…",
  peopleWhoMayWriteToBucket: (bucket: string) => `People who may write to ${bucket} can ask for that.`,
  itCannotBeReadBeforeS3: (level: ReactNode) =>
    rich`It cannot be read before S3 has brought a copy back, which takes minutes to two days. ${level}`,
  onTheCommandLine: "On the command line",
  restoreTheFile: "Restore the file",
  s3MakesACopyThatCan:
    "S3 makes a copy that can be read, and removes it after the days. It costs what your store's price list says.",
  restore2: "Restore",
  days: "Days",
  n1ToMaxDaysDays: (maxDays: number) => `1 to ${maxDays} days`,
  speed: "Speed",
  // Preview
  theFileIsEmpty: "The file is empty",
  readingTheFile: "Reading the file",
  contentsOfName: (name: string) => `Contents of ${name}`,
  viewAs: "View as",
  loadingTheViewer: "Loading the viewer",
  shownWhole: "Shown whole · ",
  shownInPart: "Shown in part · ",
  readBytesOfSizeRead: (readBytes: string, size: string) => `${readBytes} of ${size} read`,
  unpackedFromCompression: (compression: string) => ` · unpacked from ${compression}`,
  readerReaderVersion: (reader: string, version: string) => ` · reader ${reader} ${version}`,
  // ReadFailure
  theFileCannotBeRead: "The file cannot be read",
  itMayBeDamagedOrBe:
    "It may be damaged, or be something else than its name says. Look at its bytes, or download it.",
  noPreview: "No preview",
  filesOfThisKindCannotBe: "Files of this kind cannot be shown. Look at its bytes, or download it.",
  theFileHasChanged: "The file has changed",
  openThePageAgainToSee: "Open the page again to see what is there now.",
  tooManyFilesAreBeingRead: "Too many files are being read",
  tryAgainInAMoment: "Try again in a moment.",
  theFileIsGone: "The file is gone",
  itWasRemovedOrMovedSince:
    "It was removed or moved since this page was opened. Earlier versions may still be there.",
  showItsBytes: "Show its bytes",
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
