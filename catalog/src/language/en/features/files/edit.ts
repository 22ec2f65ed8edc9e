import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/files/edit", {
  // EditObject
  readingFile: "Reading the file",
  fileChanged: "The file was changed",
  fileNameMade: "A file of this name was made",
  somebodyElse: (value: string) => `${value} by somebody else.`,
  wroteStill: (bySomebody: ReactNode) => rich`${bySomebody} What you wrote is still here.`,
  dropMyChanges: "Drop my changes and read it again",
  saveMineNewest: "Save mine as the newest version",
  savedWithoutRest: "Saved. What you typed since then is not saved yet.",
  editKey: (key: string) => `Edit ${key}`,
  cancel: "Cancel",
  save: "Save",
  textKey: (key: string) => `Text of ${key}`,
  // problems
  lineColumn: (before: number, before2: number, message: string) =>
    `Line ${before}, column ${before2}: ${message}`,
  // useText
  fileLargerThan: "The file is larger than 1 MiB. Download it to edit it.",
  fileNoUtf: "The file is no UTF-8 text, or has lines that end in several ways. Download it to edit it.",
});
