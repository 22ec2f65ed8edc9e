import { section } from "@/language/language";

export const t = section("services", {
  // client
  theRegistry: "The registry",
  yourSessionHasEnded: "Your session has ended.",
  // config
  theCatalogsConfigurationCannotBeReached: "The catalog's configuration cannot be reached.",
  theCatalogsConfigurationCannotBeRead: (status: number) =>
    `The catalog's configuration cannot be read (HTTP ${status}).`,
  // transport
  whoDidNotAnswerWithinA: (who: string) => `${who} did not answer within a minute.`,
  whoAnsweredButNotInA: (who: string) => `${who} answered, but not in a way that this page can read.`,
  whoCannotBeReached: (who: string) => `${who} cannot be reached.`,
  theAnswerOfWhoWasCut: (who: string) => `The answer of ${who} was cut off.`,
  // credentials
  thisComputersClockIsAheadOf:
    "This computer's clock is ahead of the registry's: file access does not work until it is right.",
  // downloads
  theFileStore: "The file store",
  // saving
  theConnectionWasCut: "The connection was cut.",
  theFileStoreCannotBeReached: "The file store cannot be reached.",
  theFileHasChangedSinceThe: "The file has changed since the package was pushed.",
  aFileOnThisMachineCannot: "A file on this machine cannot have this name.",
  aFolderOfThisNameIs: "A folder of this name is there already.",
  theDiskIsFull: "The disk is full.",
  theBrowserMayNotWriteTo: "The browser may not write to this folder.",
  // client
  thereAreMoreThanMostFiles: (most: string, prefix: string) =>
    `There are more than ${most} files in ${prefix}.`,
  whoBeganNoUpload: (who: string) => `${who} began no upload.`,
  browsersCannotAskForKeysWith:
    "Browsers cannot ask for keys with “.” or “..” as a segment; use a client for this one.",
  theContentCameButCannotBe:
    "The content came, but cannot be read: it was cut off, or the file is stored with a Content-Encoding that it does not have. Download it to look inside.",
  theFileWasChangedBySomebody: "The file was changed by somebody else.",
  yourRoleDoesNotAllowThis: "Your role does not allow this.",
  thereIsNoSuchFile: "There is no such file.",
  thereIsNoSuchBucket: "There is no such bucket.",
  thisVersionOfTheFileIs: "This version of the file is gone.",
  whoRefusedHTTPStatus: (who: string, status: number) => `${who} refused (HTTP ${status}).`,
});
