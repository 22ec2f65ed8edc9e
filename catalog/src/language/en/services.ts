import { section } from "@/language/language";

export const t = section("services", {
  // client
  registry: "The registry",
  sessionEnded: "Your session has ended.",
  // config
  catalogsConfigurationCannot: "The catalog's configuration cannot be reached.",
  catalogsConfigurationCannotRead: (status: number) =>
    `The catalog's configuration cannot be read (HTTP ${status}).`,
  // transport
  didNotAnswer: (who: string) => `${who} did not answer within a minute.`,
  answeredButNot: (who: string) => `${who} answered, but not in a way that this page can read.`,
  cannotReached: (who: string) => `${who} cannot be reached.`,
  answerCutOff: (who: string) => `The answer of ${who.replace(/^The/, "the")} was cut off.`,
  // client
  fileStore: "The file store",
  moreThanFiles: (most: string, prefix: string) => `There are more than ${most} files in ${prefix}.`,
  beganNoUpload: (who: string) => `${who} began no upload.`,
  browsersCannotAsk: "Browsers cannot ask for keys with “.” or “..” as a segment; use a client for this one.",
  contentCameBut:
    "The content came, but cannot be read: it was cut off, or the file is stored with a Content-Encoding that it does not have. Download it to look inside.",
  fileChangedSomebody: "The file was changed by somebody else.",
  roleDoesNot: "Your role does not allow this.",
  noSuchFile: "There is no such file.",
  noSuchBucket: "There is no such bucket.",
  versionFileGone: "This version of the file is gone.",
  refusedHttp: (who: string, status: number) => `${who} refused (HTTP ${status}).`,
  // credentials
  computersClockAhead:
    "This computer's clock is ahead of the registry's: file access does not work until it is right.",
});
